import { createDecipheriv, createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Agent, request } from "node:https";
import { Readable } from "node:stream";
import { DEFAULT_ORIGIN, getMediaKeys, type MediaType } from "@whiskeysockets/baileys";
import type { MediaKind } from "../../domain/media/kind.ts";
import type { WhatsAppFile } from "../../domain/media/whatsapp-file.ts";
import { MediaBroken, MediaGone } from "../whatsapp-port.ts";
import { wireTypes } from "./media-content.ts";

export interface MediaPlace {
  readonly kind: MediaKind;
  readonly source: WhatsAppFile;
}

export interface DownloadOptions {
  /** The media host, with its port where it has one. */
  readonly host: string;
  /** Whether a host may be asked, the first or one that it redirects to. */
  readonly isTrusted: (hostname: string) => boolean;
  /** The way to it; undefined: directly. */
  readonly agent: Agent | undefined;
  readonly signal: AbortSignal;
}

const redirectsMax = 3;
const firstByteWithinMs = 15_000;
/** A file ends with ten bytes of the HMAC over all before them (lib/Utils/messages-media.js, encryptedStream). */
const macBytes = 10;

/**
 * A file of a message, decrypted as it streams in. Throws MediaGone where the host has it no more; the stream fails
 * with MediaBroken at its end where it is not the file that was sent: what was read until then is not to be used.
 */
export function downloadMedia({ kind, source }: MediaPlace, options: DownloadOptions): Promise<Readable> {
  return downloadFile(wireTypes[kind], source, options);
}

/** The same of whatever WhatsApp keeps as a file; `wireType` is part of how it is encrypted. */
export async function downloadFile(
  wireType: MediaType,
  source: WhatsAppFile,
  options: DownloadOptions,
): Promise<Readable> {
  const keys = await getMediaKeys(Buffer.from(source.mediaKey, "base64"), wireType);
  const { cipherKey, iv, macKey } = keys;
  if (macKey === undefined) throw new MediaBroken("the file's key gives no key for its MAC");
  const response = await followed(options, source.directPath);
  return Readable.from(decrypted(response, { cipherKey, iv, macKey }, source), { objectMode: false });
}

async function followed({ host, isTrusted, agent, signal }: DownloadOptions, path: string): Promise<IncomingMessage> {
  let at = addressOn(host, path);
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    if (at.protocol !== "https:" || !isTrusted(at.hostname))
      throw new MediaBroken("the file is on no host of WhatsApp's");
    const response = await answerOf(at, { agent, signal });
    const { statusCode = 0, headers } = response;
    if (statusCode === 200) return response;
    response.destroy();
    // 403: the file's address has expired (mautrix, wa-media.go, asks the phone after each of the three).
    if ([403, 404, 410].includes(statusCode)) throw new MediaGone("the media host has the file no more");
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) {
      throw new DownloadFailed(`the media host answered ${statusCode}`);
    }
    at = new URL(headers.location, at);
  }
  throw new DownloadFailed(`the media host redirects more than ${redirectsMax} times`);
}

/** The media host did not give the file this time. */
class DownloadFailed extends Error {
  override readonly name = "DownloadFailed";
  readonly code = "download_failed";
}

/** Set part by part: a path put behind a host as text could name another one. */
function addressOn(host: string, path: string): URL {
  const address = new URL(`https://${host}/`);
  const [pathname = "/", ...query] = path.split("?");
  address.pathname = pathname;
  address.search = query.join("?");
  return address;
}

function answerOf(
  address: URL,
  { agent, signal }: Pick<DownloadOptions, "agent" | "signal">,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(address, { headers: { origin: DEFAULT_ORIGIN }, agent, signal, timeout: firstByteWithinMs });
    sent
      .on("response", resolve)
      .on("timeout", () => sent.destroy(new DownloadFailed("the media host fell silent")))
      .on("error", reject)
      .end();
  });
}

interface Keys {
  readonly cipherKey: Uint8Array;
  readonly iv: Uint8Array;
  readonly macKey: Uint8Array;
}

/** The plain bytes of a file, chunk by chunk. */
export async function* decrypted(
  ciphertext: AsyncIterable<Buffer>,
  { cipherKey, iv, macKey }: Keys,
  promised: Pick<WhatsAppFile, "fileSha256" | "fileEncSha256">,
): AsyncGenerator<Buffer> {
  const decipher = createDecipheriv("aes-256-cbc", cipherKey, iv);
  const hmac = createHmac("sha256", macKey).update(iv);
  const hashes = { plain: createHash("sha256"), encrypted: createHash("sha256") };
  let tail = Buffer.alloc(0);
  for await (const chunk of ciphertext) {
    hashes.encrypted.update(chunk);
    const bytes = Buffer.concat([tail, chunk]);
    const end = Math.max(0, bytes.length - macBytes);
    tail = bytes.subarray(end);
    hmac.update(bytes.subarray(0, end));
    const plain = decipher.update(bytes.subarray(0, end));
    hashes.plain.update(plain);
    yield plain;
  }
  if (tail.length < macBytes || !timingSafeEqual(hmac.digest().subarray(0, macBytes), tail)) {
    throw new MediaBroken("the file's MAC is not the one of its key");
  }
  const last = decipher.final();
  hashes.plain.update(last);
  if (!isPromised(hashes.encrypted.digest("base64"), promised.fileEncSha256))
    throw new MediaBroken("another file came");
  if (!isPromised(hashes.plain.digest("base64"), promised.fileSha256)) throw new MediaBroken("another file was sent");
  yield last;
}

function isPromised(hash: string, promised: string | null): boolean {
  return promised === null || hash === promised;
}
