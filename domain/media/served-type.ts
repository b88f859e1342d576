import { mimetypeOf } from "./kind.ts";

/** What a browser shows, plays or saves, and never runs. */
const inert =
  /^(?:image\/(?:jpeg|png|gif|webp|bmp|heic|heif|avif|tiff)|video\/(?:mp4|3gpp|quicktime|webm|ogg|mpeg|x-msvideo|x-matroska)|audio\/[\w.+-]+|text\/(?:plain|csv)|application\/(?:pdf|zip|gzip|x-rar-compressed|vnd\.rar|x-7z-compressed|json|rtf|msword|ogg|octet-stream|vnd\.ms-[\w.-]+|vnd\.(?:openxmlformats-officedocument|oasis\.opendocument)\.[\w.-]+|vnd\.android\.package-archive|epub\+zip))$/;

/**
 * The media type that a file is stored and served under: what it is said to be only where a browser runs nothing of that
 * type, else what its first bytes say, else bytes. Somebody who sends a page of HTML does not get it run under the
 * bucket's name.
 */
export function servedType(said: string, head: Uint8Array = new Uint8Array()): string {
  const [base = ""] = said.toLowerCase().split(";");
  return inert.test(base.trim()) ? said : mimetypeOf(head);
}
