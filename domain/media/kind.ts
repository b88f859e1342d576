import * as z from "zod";

/** How a file is shown: what a message's `type` says of it. */
export const MediaKind = z.enum(["image", "video", "audio", "voice", "document", "sticker"]);
export type MediaKind = z.infer<typeof MediaKind>;

/** As many bytes from the start of a file as `faultOf` wants to see. */
export const headBytes = 4_096;

const starts: Readonly<Record<MediaKind, RegExp>> = {
  image: /^image\//,
  video: /^video\//,
  audio: /^(?:audio\/|application\/ogg|video\/(?:mp4|ogg|webm))/,
  voice: /^(?:audio\/(?:ogg|opus)|application\/ogg|video\/ogg)/,
  document: /^/,
  sticker: /^image\/webp/,
};

/**
 * Why a file cannot be sent as a kind, or undefined. WhatsApp takes voice notes as Opus in Ogg and stickers as WebP
 * alone and shows anything else broken, so that their bytes are looked at and not only what they are said to be.
 */
export function faultOf(kind: MediaKind, mimetype: string, head: Uint8Array): string | undefined {
  if (kind === "voice" && !isOpus(head)) return "A voice note must be Opus in an Ogg container.";
  if (kind === "sticker" && !isWebp(head)) return "A sticker must be a WebP image.";
  return starts[kind].test(mimetype.toLowerCase())
    ? undefined
    : `A file of type ${mimetype} cannot be sent as ${kind}.`;
}

/** What WhatsApp's clients expect a voice note and a sticker to call themselves, whatever the customer called them. */
export function wireMimetype(kind: MediaKind, mimetype: string): string {
  if (kind === "voice") return "audio/ogg; codecs=opus";
  return kind === "sticker" ? "image/webp" : mimetype;
}

/** RFC 7845 §3: the first page of an Ogg stream of Opus holds the identification header alone. */
function isOpus(head: Uint8Array): boolean {
  const bytes = Buffer.from(head);
  return bytes.subarray(0, 4).toString("latin1") === "OggS" && bytes.subarray(0, 64).includes("OpusHead");
}

function isWebp(head: Uint8Array): boolean {
  const bytes = Buffer.from(head);
  return bytes.toString("latin1", 0, 4) === "RIFF" && bytes.toString("latin1", 8, 12) === "WEBP";
}

/** Media type, where its signature stands, and the signature in hex. */
const signatures: readonly (readonly [mimetype: string, offset: number, hex: string])[] = [
  ["image/jpeg", 0, "ffd8ff"],
  ["image/png", 0, "89504e470d0a1a0a"],
  ["image/gif", 0, "47494638"],
  ["image/webp", 8, "57454250"],
  ["video/mp4", 4, "66747970"],
  ["audio/ogg", 0, "4f676753"],
  ["audio/mpeg", 0, "494433"],
  ["audio/mpeg", 0, "fffb"],
  ["application/pdf", 0, "255044462d"],
];

/** The media type of a file by its first bytes, where the server that gave it does not know. */
export function mimetypeOf(head: Uint8Array): string {
  const hex = Buffer.from(head).toString("hex");
  const found = signatures.find(([, offset, signature]) => hex.startsWith(signature, offset * 2));
  return found?.[0] ?? "application/octet-stream";
}
