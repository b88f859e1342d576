import type { proto } from "@whiskeysockets/baileys";
import { MediaKind, wireMimetype } from "../../domain/media/kind.ts";
import { Filename, Mimetype } from "../../domain/media/upload.ts";
import { WhatsAppFile } from "../../domain/media/whatsapp-file.ts";
import type { InboundContent } from "../keys/journal-entry.ts";

type FilePart = Pick<
  proto.Message.IDocumentMessage,
  "mediaKey" | "directPath" | "url" | "fileSha256" | "fileEncSha256"
>;
type MediaPart = FilePart & Pick<proto.Message.IDocumentMessage, "mimetype" | "fileLength" | "caption" | "fileName">;

const captionLengthMax = 65_536;

type Media = Extract<InboundContent, { type: "media" }>;

/** The file that a message came with, or undefined where it came with none. Nothing in it is taken at its word. */
export function mediaOf(message: proto.IMessage, quotedWaMessageId: string | null): Media | undefined {
  const found = partOf(message);
  if (found === undefined) return undefined;
  const [kind, part] = found;
  const size = Number(part.fileLength ?? Number.NaN);
  const mimetype = Mimetype.safeParse(part.mimetype);
  return {
    type: "media",
    kind,
    mimetype: mimetype.success ? mimetype.data : wireMimetype(kind, "application/octet-stream"),
    filename: filenameOf(part.fileName),
    caption: part.caption ? part.caption.slice(0, captionLengthMax) : null,
    size: Number.isSafeInteger(size) && size >= 0 ? size : null,
    source: sourceOf(part),
    quotedWaMessageId,
  };
}

function partOf(message: proto.IMessage): [MediaKind, MediaPart] | undefined {
  const { imageMessage, videoMessage, ptvMessage, audioMessage, documentMessage, stickerMessage } = message;
  if (imageMessage) return [MediaKind.enum.image, imageMessage];
  if (videoMessage) return [MediaKind.enum.video, videoMessage];
  if (ptvMessage) return [MediaKind.enum.video, ptvMessage];
  if (audioMessage) return [audioMessage.ptt ? MediaKind.enum.voice : MediaKind.enum.audio, audioMessage];
  if (documentMessage) return [MediaKind.enum.document, documentMessage];
  return stickerMessage ? [MediaKind.enum.sticker, stickerMessage] : undefined;
}

/** Null where it cannot be fetched: what may be seen once comes to linked devices without its key. */
export function sourceOf({ mediaKey, directPath, url, fileSha256, fileEncSha256 }: FilePart): WhatsAppFile | null {
  const source = WhatsAppFile.safeParse({
    mediaKey: mediaKey?.length ? base64(mediaKey) : undefined,
    directPath: directPath || pathOf(url),
    fileSha256: fileSha256?.length ? base64(fileSha256) : null,
    fileEncSha256: fileEncSha256?.length ? base64(fileEncSha256) : null,
  });
  return source.success ? source.data : null;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

function pathOf(url: string | null | undefined): string | undefined {
  if (!url || !URL.canParse(url)) return undefined;
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

/** The last part of what the sender calls it, without what is not shown. */
function filenameOf(said: string | null | undefined): string | null {
  const shown = (said ?? "").replace(/\p{Cc}/gu, "").split(/[/\\]/);
  return Filename.safeParse(shown.at(-1)?.slice(-255)).data ?? null;
}
