import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { encryptedStream, getAudioDuration, type MediaType, proto, type WASocket } from "@whiskeysockets/baileys";
import type { Log } from "../../domain/log.ts";
import type { MediaKind } from "../../domain/media/kind.ts";
import type { OutgoingFile } from "../whatsapp-port.ts";

/** What WhatsApp encrypts and stores a file as. */
export const wireTypes = {
  image: "image",
  video: "video",
  audio: "audio",
  voice: "audio",
  document: "document",
  sticker: "sticker",
} as const satisfies Record<MediaKind, MediaType>;

const uploadWithinMs = 240_000;

/** Encrypts a file, uploads it and answers the encoded message that names it. Throws where no host takes it. */
export async function mediaPayload(
  sock: Pick<WASocket, "waUploadToServer">,
  outgoing: OutgoingFile,
  { nowMs, log }: { readonly nowMs: number; readonly log: Log },
): Promise<Uint8Array> {
  const { kind, path, mimetype } = outgoing;
  const mediaType = wireTypes[kind];
  const made = await encryptedStream({ url: path }, mediaType);
  try {
    const fileEncSha256B64 = made.fileEncSha256.toString("base64");
    const uploaded = await sock.waUploadToServer(made.encFilePath, {
      fileEncSha256B64,
      mediaType,
      timeoutMs: uploadWithinMs,
    });
    const { mediaKey, fileEncSha256, fileSha256, fileLength } = made;
    const keys = { mediaKey, fileEncSha256, fileSha256, fileLength, mediaKeyTimestamp: Math.floor(nowMs / 1_000) };
    const file = { url: uploaded.mediaUrl, directPath: uploaded.directPath, mimetype, ...keys };
    const content = await contentOf(outgoing, file, { nowMs, log });
    // With a secret, as WhatsApp's own clients have it: the reporting token of the message is made from it.
    return proto.Message.encode({ ...content, messageContextInfo: { messageSecret: randomBytes(32) } }).finish();
  } finally {
    await rm(made.encFilePath, { force: true });
  }
}

/** A message with a file, with another caption and a secret of its own: the file is named as it was. */
export function recaptioned(payload: Uint8Array, caption: string | null): Uint8Array {
  const message = proto.Message.decode(payload);
  const { imageMessage, videoMessage, documentMessage } = message;
  for (const part of [imageMessage, videoMessage, documentMessage]) if (part) part.caption = caption;
  message.messageContextInfo = { messageSecret: randomBytes(32) };
  return proto.Message.encode(message).finish();
}

async function contentOf(
  { kind, path, filename, caption, preview }: OutgoingFile,
  file: proto.Message.IDocumentMessage,
  { nowMs, log }: { readonly nowMs: number; readonly log: Log },
): Promise<proto.IMessage> {
  switch (kind) {
    case "image":
      return { imageMessage: { ...file, caption, ...previewFields(preview) } };
    case "video":
      return { videoMessage: { ...file, caption } };
    case "audio":
    case "voice":
      return { audioMessage: { ...file, ptt: kind === "voice", seconds: await secondsOf(path, log) } };
    case "document":
      return { documentMessage: { ...file, caption, fileName: filename ?? "file", title: filename ?? "file" } };
    case "sticker":
      return { stickerMessage: { ...file, stickerSentTs: nowMs } };
    default:
      return kind satisfies never;
  }
}

function previewFields(preview: OutgoingFile["preview"]) {
  if (preview === undefined) return {};
  const { thumbnail, width, height } = preview;
  return { jpegThumbnail: thumbnail, width, height };
}

/** How long a recording is, shown before it is played; one that cannot be read is sent without. */
async function secondsOf(path: string, log: Log): Promise<number | undefined> {
  try {
    const seconds = await getAudioDuration(path);
    return seconds === undefined ? undefined : Math.round(seconds);
  } catch (error) {
    log.info("recording has no readable length", { error });
    return undefined;
  }
}
