import { createDecipheriv, createHash, createHmac } from "node:crypto";
import { encryptedStream, getMediaKeys, type MediaType, type proto } from "@whiskeysockets/baileys";
import type * as z from "zod";
import type { NewMedia } from "./control-schemas.ts";
import type { Media } from "./media.ts";
import { MediaFiles } from "./media-files.ts";
import { directPath } from "./media-host.ts";

type MediaKind = "image" | "video" | "audio" | "voice" | "document" | "sticker";

/** A file as a message names it, before it was fetched. */
export interface Attachment {
  readonly kind: MediaKind;
  readonly mimetype: string;
  readonly filename: string | null;
  readonly caption: string | null;
  readonly file: Pick<proto.Message.IImageMessage, "mediaKey" | "directPath" | "fileSha256" | "contextInfo">;
}

/** A file as GET /phones/:number/messages shows it. */
export interface ReceivedMedia {
  readonly mimetype: string;
  /** In bytes, decrypted. */
  readonly size: number;
  /** Of the decrypted file, in lower-case hex. */
  readonly sha256: string;
  readonly filename: string | null;
}

const wireTypes = {
  image: "image",
  video: "video",
  audio: "audio",
  voice: "audio",
  document: "document",
  sticker: "sticker",
} as const satisfies Record<MediaKind, MediaType>;
/** Ten bytes at the end of a file, of the HMAC over what is before them. */
const macBytes = 10;

/** The file that a message carries, or undefined where it carries none. */
export function attachmentOf(content: proto.IMessage): Attachment | undefined {
  const { imageMessage, videoMessage, audioMessage, documentMessage, stickerMessage } = content;
  const of = (kind: MediaKind, part: AnyMedia) => ({
    kind,
    mimetype: part.mimetype ?? "",
    filename: part.fileName ?? null,
    caption: part.caption ?? null,
    file: part,
  });
  if (imageMessage) return of("image", imageMessage);
  if (videoMessage) return of("video", videoMessage);
  if (audioMessage) return of(audioMessage.ptt ? "voice" : "audio", audioMessage);
  if (documentMessage) return of("document", documentMessage);
  return stickerMessage ? of("sticker", stickerMessage) : undefined;
}

type AnyMedia = Attachment["file"] & {
  mimetype?: string | null;
  fileName?: string | null;
  caption?: string | null;
};

/** The file does not open with the key of its message, or is another one than the message says. */
class MediaUnreadable extends Error {
  readonly code = "media_unreadable";
  override readonly name = "MediaUnreadable";
}

/** Fetches a file of a message and decrypts it as a phone does: MAC first, then the hash that the message promises. */
export async function readAttachment(files: MediaFiles, attachment: Attachment): Promise<ReceivedMedia> {
  const { kind, mimetype, filename, file } = attachment;
  const name = MediaFiles.nameIn(file.directPath ?? "");
  if (!(await isIntact(files, name, attachment))) throw new MediaUnreadable("the file's MAC is not the one of its key");
  const keys = await getMediaKeys(file.mediaKey ?? null, wireTypes[kind]);
  const decipher = createDecipheriv("aes-256-cbc", keys.cipherKey, keys.iv);
  const end = ((await files.sizeOf(name)) ?? 0) - macBytes - 1;
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of files.read(name, { start: 0, end }).pipe(decipher)) {
    hash.update(chunk);
    size += chunk.length;
  }
  const digest = hash.digest();
  if (!digest.equals(file.fileSha256 ?? Buffer.alloc(0))) throw new MediaUnreadable("the file is not the one promised");
  return { mimetype, filename, size, sha256: digest.toString("hex") };
}

async function isIntact(files: MediaFiles, name: string, { kind, file }: Attachment): Promise<boolean> {
  const size = await files.sizeOf(name);
  if (size === undefined || size <= macBytes) throw new MediaUnreadable("the media host has no such file");
  const { iv, macKey } = await getMediaKeys(file.mediaKey ?? null, wireTypes[kind]);
  if (macKey === undefined) throw new MediaUnreadable("the message has no key for its file");
  const hmac = createHmac("sha256", macKey).update(iv);
  for await (const chunk of files.read(name, { start: 0, end: size - macBytes - 1 })) hmac.update(chunk);
  const told: Buffer[] = [];
  for await (const chunk of files.read(name, { start: size - macBytes })) told.push(chunk);
  return hmac.digest().subarray(0, macBytes).equals(Buffer.concat(told));
}

/** Encrypts a file as a phone does and puts it on the media host; answers the message that names it. */
export async function attach(
  { files, hostname }: Pick<Media, "files" | "hostname">,
  media: z.output<typeof NewMedia>,
  contextInfo?: proto.IContextInfo,
): Promise<proto.IMessage> {
  const wireType = wireTypes[media.type];
  const made = await encryptedStream(Buffer.from(media.base64, "base64"), wireType);
  const name = made.fileEncSha256.toString("base64url");
  await files.adopt(name, made.encFilePath);
  const path = directPath(wireType, name);
  const { mediaKey, fileSha256, fileEncSha256, fileLength } = made;
  const file = {
    url: `https://${hostname}${path}`,
    directPath: path,
    mediaKey,
    fileSha256,
    fileEncSha256,
    fileLength,
  };
  const part = { ...file, contextInfo, mimetype: media.mimetype, mediaKeyTimestamp: Math.floor(Date.now() / 1_000) };
  const captioned = { ...part, caption: media.caption };
  switch (media.type) {
    case "image":
      return { imageMessage: captioned };
    case "video":
      return { videoMessage: captioned };
    case "audio":
    case "voice":
      return { audioMessage: { ...part, ptt: media.type === "voice" } };
    case "document":
      return { documentMessage: { ...captioned, fileName: media.filename } };
    case "sticker":
      return { stickerMessage: part };
    default:
      return media.type satisfies never;
  }
}
