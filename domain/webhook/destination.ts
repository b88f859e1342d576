import { isIP } from "node:net";
import { isLoopbackAddress, isPublicAddress } from "./public-address.ts";

/** Where a webhook is sent, and the addresses that its host may turn out to have. */
export interface Destination {
  readonly url: URL;
  readonly reach: "public" | "loopback";
}

export interface DestinationRules {
  /** True under the local runner alone, where a customer's endpoint is another process of the same machine. */
  readonly allowLoopback: boolean;
}

/** A URL that no webhook is sent to. Its message is for the customer: what the URL must be. */
export class DestinationRefused extends Error {
  override readonly name = "DestinationRefused";
  readonly code = "destination_refused";
}

const urlLengthMax = 2_048;
/** Names that never lead to the public internet (RFC 6761, RFC 6762, RFC 8375, and ICANN's reservation of `internal`). */
const privateNames = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;

/**
 * Reads a webhook's URL, or throws DestinationRefused. The WHATWG parser comes first, as it comes before the
 * connection: it turns every spelling of an IPv4 address (decimal, octal, hexadecimal, shortened, full-width) into
 * the one that is judged. What a name leads to is judged where it is connected to: see `mayConnect`.
 */
export function destinationOf(text: string, rules: DestinationRules): Destination {
  const url = parseUrl(text);
  if (url.username !== "" || url.password !== "") throw new DestinationRefused("must carry no user name or password");
  const isEncrypted = url.protocol === "https:";
  const isLoopback = rules.allowLoopback && isLoopbackHost(bareHost(url.hostname));
  if (!isEncrypted && !isLoopback) throw new DestinationRefused("must start with https://");
  return { url, reach: reachOf(url.hostname, rules) };
}

/** Where a host, as the WHATWG parser spells it, may turn out to be; throws DestinationRefused where it must not be reached. */
export function reachOf(hostname: string, rules: DestinationRules): Destination["reach"] {
  const host = bareHost(hostname);
  if (rules.allowLoopback && isLoopbackHost(host)) return "loopback";
  if (isIP(host) === 0 ? privateNames.test(host) : !isPublicAddress(host)) {
    throw new DestinationRefused("must not lead to a private, loopback, link-local or reserved address");
  }
  return "public";
}

const bareHost = (hostname: string) => hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");

function parseUrl(text: string): URL {
  if (text.length > urlLengthMax) throw new DestinationRefused(`must be at most ${urlLengthMax} characters long`);
  // The parser drops tabs and line ends, turns backslashes round and makes up for slashes that are missing or too many;
  // what is shown would not be what is reached.
  const url = /[\s\\\p{Cc}]/u.test(text) ? null : URL.parse(text);
  if (url === null || !/^https?:\/\/[^/]/i.test(text)) throw new DestinationRefused("must be an https:// URL");
  return url;
}

function isLoopbackHost(host: string): boolean {
  return isIP(host) === 0 ? /(?:^|\.)localhost$/.test(host) : isLoopbackAddress(host);
}

/** Whether an address, as it is about to be connected to, is one that this destination may have. */
export function mayConnect(destination: Pick<Destination, "reach">, address: string): boolean {
  return destination.reach === "public" ? isPublicAddress(address) : isLoopbackAddress(address);
}
