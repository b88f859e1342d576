import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import * as z from "zod";
import { encodeBits, type Id, idOf } from "../id.ts";

const Mode = z.enum(["live", "test"]);
type Mode = z.infer<typeof Mode>;

/** An API key as operators and its tenant see it: never the key itself. */
export const ApiKey = z
  .object({
    id: idOf("key"),
    tenantId: idOf("ten"),
    label: z.string().nullable(),
    mode: Mode,
    status: z.enum(["active", "revoked"]),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().nullable(),
    revokedAt: z.iso.datetime().nullable(),
    lastUsedAt: z.iso.datetime().nullable().meta({ description: "to the minute; null before its first use" }),
  })
  .meta({ id: "ApiKey" });
export type ApiKey = z.infer<typeof ApiKey>;

/** A key as it is stored: the SHA-256 of the whole key, which has too much chance in it to be guessed from that. */
export const StoredApiKey = ApiKey.extend({
  hash: z.string().length(64),
  lastUsedAt: ApiKey.shape.lastUsedAt.default(null),
});
export type StoredApiKey = z.infer<typeof StoredApiKey>;

const secretLength = 26;
const checksumLength = 7;
const keyPattern = /^wa_(live|test)_([0-9A-HJKMNP-TV-Z]{26})([0-9A-HJKMNP-TV-Z]{26})([0-9A-HJKMNP-TV-Z]{7})$/;

/**
 * Writes a key: `wa_live_`, the 26 characters of its id, 26 of secret (130 random bits) and 7 of checksum (CRC-32 of
 * all before it), in Crockford base 32.
 */
export function newApiKeyText(id: Id<"key">, mode: Mode, random: (bytes: number) => Uint8Array = randomBytes): string {
  const body = `wa_${mode}_${id.slice("key_".length)}${encodeBits(random(17), secretLength)}`;
  return body + checksumOf(body);
}

function checksumOf(body: string): string {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(crc32(body));
  return encodeBits(bytes, checksumLength);
}

/** The id and mode that a well-formed key names; undefined where it is mistyped, which needs no table to know. */
export function readApiKeyText(text: string): { id: Id<"key">; mode: Mode } | undefined {
  const [, mode, ulid] = keyPattern.exec(text) ?? [];
  const body = text.slice(0, -checksumLength);
  if (ulid === undefined || body + checksumOf(body) !== text) return undefined;
  const read = z.object({ id: idOf("key"), mode: Mode }).safeParse({ id: `key_${ulid}`, mode });
  return read.success ? read.data : undefined;
}

export function hashOfApiKey(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** Whether this very key opens now: the right secret, not revoked, not expired. Takes the same time for any secret. */
export function opens(stored: StoredApiKey, text: string, nowMs: number): boolean {
  const same = timingSafeEqual(Buffer.from(stored.hash, "hex"), Buffer.from(hashOfApiKey(text), "hex"));
  const expired = stored.expiresAt !== null && Date.parse(stored.expiresAt) <= nowMs;
  return same && stored.status === "active" && !expired;
}
