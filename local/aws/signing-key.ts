import { createHmac, createSecretKey, type KeyObject } from "node:crypto";

/** Days, regions and services are few, and so are secrets; the bound is for whoever signs with many. */
const derivedMax = 1_000;
const derived = new Map<string, KeyObject>();

/**
 * The key that a day's requests to one service are signed with (IAM user guide, "Create a signed AWS API request",
 * "Derive a signing key"): four hashes, which a client makes once a day, and so do we.
 */
export function signingKey(
  secret: string,
  { date, region, service }: { readonly date: string; readonly region: string; readonly service: string },
): KeyObject {
  const name = JSON.stringify([secret, date, region, service]);
  const known = derived.get(name);
  if (known !== undefined) return known;
  if (derived.size >= derivedMax) derived.clear();
  const parts = [date, region, service, "aws4_request"];
  const start: Buffer = Buffer.from(`AWS4${secret}`);
  const key = createSecretKey(parts.reduce((from, part) => createHmac("sha256", from).update(part).digest(), start));
  derived.set(name, key);
  return key;
}
