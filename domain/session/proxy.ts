import type { EncryptionContext, SecretBox } from "../secret/envelope.ts";
import { DestinationRefused, type DestinationRules, reachOf } from "../webhook/destination.ts";
import type { Session, SessionRef } from "./session.ts";

/** A customer's proxy, as it is connected to. */
export interface SessionProxy {
  readonly kind: "http" | "https" | "socks5";
  /** A name or an address, as the WHATWG parser spells it; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Both empty where it asks for none. */
  readonly username: string;
  readonly password: string;
  readonly reach: "public" | "loopback";
}

const urlLengthMax = 2_048;
const defaultPorts = { http: 80, https: 443, socks5: 1080 } as const;
const kinds: Readonly<Record<string, SessionProxy["kind"]>> = {
  "http:": "http",
  "https:": "https",
  "socks5:": "socks5",
};

/**
 * Reads a proxy's URL, or throws DestinationRefused, which never repeats it: it carries a password. Its host is judged
 * as a webhook's is; what a name leads to is judged where it is connected to.
 */
export function proxyOf(text: string, rules: DestinationRules): SessionProxy {
  const url = text.length > urlLengthMax || /[\s\\\p{Cc}]/u.test(text) ? null : URL.parse(text);
  const kind = kinds[url?.protocol ?? ""];
  // Only the parser of a web URL turns every spelling of an IPv4 address into the one that is judged.
  const web = URL.parse(text.replace(/^[a-z0-9]+:/i, "http:"));
  if (url === null || web === null || kind === undefined) {
    throw new DestinationRefused("must be a URL that starts with http://, https:// or socks5://");
  }
  if (!/^\/?$/.test(url.pathname) || url.search !== "" || url.hash !== "") {
    throw new DestinationRefused("must have no path, no query and no fragment");
  }
  return {
    kind,
    host: web.hostname.replace(/^\[|\]$/g, ""),
    port: url.port === "" ? defaultPorts[kind] : Number(url.port),
    username: decoded(url.username),
    password: decoded(url.password),
    reach: reachOf(web.hostname, rules),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new DestinationRefused("must have its user name and password percent-encoded", { cause });
  }
}

/** Seals a proxy's URL for the one session that connects through it. */
export function sealProxy(box: SecretBox, session: Pick<SessionRef, "id" | "tenantId">, url: string) {
  return box.seal(url, contextOf(session));
}

/** The proxy a session connects through; null where it connects directly. Throws where it cannot be opened or may not be. */
export async function sessionProxy(
  box: SecretBox,
  session: Pick<Session, "id" | "tenantId" | "proxy">,
  rules: DestinationRules,
): Promise<SessionProxy | null> {
  return session.proxy ? proxyOf(await box.open(session.proxy, contextOf(session)), rules) : null;
}

function contextOf(session: Pick<SessionRef, "id" | "tenantId">): EncryptionContext {
  return { purpose: "session-proxy", tenantId: session.tenantId, sessionId: session.id };
}
