import { createHash, randomBytes } from "node:crypto";
import * as z from "zod";

/** Every kind of thing the API names. The prefix makes an id of the wrong kind visible, and a 404. */
export const idPrefixes = ["ten", "key", "ses", "msg", "con", "cmp", "whk", "evt", "tpl", "med", "dlv", "imp"] as const;
export type IdPrefix = (typeof idPrefixes)[number];
export type Id<P extends IdPrefix> = `${P}_${string}`;

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const bodyLength = 26;
const timeLength = 10;
const placeLength = 7;

/** A schema of one kind of id: the prefix and 26 Crockford base-32 characters. */
export function idOf<P extends IdPrefix>(prefix: P): z.ZodType<Id<P>, Id<P>> {
  const pattern = new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{${bodyLength}}$`);
  return z.templateLiteral([z.literal(prefix), z.literal("_"), z.string()]).refine(value => pattern.test(value), {
    error: `must be an id that starts with ${prefix}_`,
  });
}

/**
 * A new id: a ULID, so that ids of one kind sort by the millisecond they were made in
 * (https://github.com/ulid/spec: 48 bits of time, 80 bits of randomness).
 */
export function newId<P extends IdPrefix>(prefix: P, nowMs: number): Id<P> {
  return `${prefix}_${encodeNumber(nowMs, timeLength)}${encodeBits(randomBytes(10), bodyLength - timeLength)}`;
}

/**
 * The id of something that a cause makes: the same cause gives the same id, so that doing it again after a crash
 * changes nothing. With `timeMs` the id is a ULID that sorts by that time; without, all 26 characters are the hash.
 * With `place` too, a whole number of which the last 35 bits count, ids of one time sort by their places.
 */
export function derivedId<P extends IdPrefix>(
  prefix: P,
  cause: readonly string[],
  timeMs?: number,
  place?: number,
): Id<P> {
  const hash = createHash("sha256").update(JSON.stringify(cause)).digest();
  if (timeMs === undefined) return `${prefix}_${encodeBits(hash, bodyLength)}`;
  const start = `${encodeNumber(timeMs, timeLength)}${place === undefined ? "" : encodeNumber(place, placeLength)}`;
  return `${prefix}_${start}${encodeBits(hash, bodyLength - start.length)}`;
}

/** The last `length` × 5 bits of a number, most significant first, in Crockford base 32. */
function encodeNumber(number: number, length: number): string {
  let rest = Math.floor(number);
  let text = "";
  for (let position = 0; position < length; position++) {
    text = crockford.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/** The first `length` × 5 bits of `bytes`, most significant first, in Crockford base 32. */
export function encodeBits(bytes: Uint8Array, length: number): string {
  let text = "";
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    heldBits += 8;
    while (heldBits >= 5 && text.length < length) {
      heldBits -= 5;
      text += crockford.charAt((held >> heldBits) & 31);
      held &= (1 << heldBits) - 1;
    }
  }
  return text;
}
