import type { Agent } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { RequestFilteringHttpAgent, RequestFilteringHttpsAgent } from "request-filtering-agent";
import { type Destination, mayConnect } from "./destination.ts";

/** The host is, or its name led to, an address that may not be reached. */
export class AddressRefused extends Error {
  override readonly name = "AddressRefused";
  readonly code = "address_refused";
}

export interface Resolving {
  /** How names become addresses: `dns.lookup`, or a test's own. */
  readonly lookup: LookupFunction;
  /** A further certificate authority to trust, as PEM. */
  readonly certificateAuthority?: string | undefined;
}

/**
 * An agent that connects to nothing the destination may not be; throws AddressRefused at once where the host is such
 * an address itself, since what is no name is never looked up. Names are judged by what comes out of the lookup that
 * the connection itself makes, so an answer that changes between a check and the connection changes nothing.
 * request-filtering-agent is a second wall of other hands behind ours. No connection is kept: a function is frozen
 * between two events, and its sockets die unseen.
 */
export function filteredAgent(destination: Destination, resolving: Resolving): Agent {
  const host = destination.url.hostname.replace(/^\[|\]$/g, "");
  if (isIP(host) !== 0 && !mayConnect(destination, host)) throw new AddressRefused(`${host} is refused`);
  const options = {
    keepAlive: false,
    lookup: checkedLookup(destination, resolving.lookup),
    allowPrivateIPAddress: destination.reach === "loopback",
  };
  if (destination.url.protocol === "http:") return new RequestFilteringHttpAgent(options);
  const { certificateAuthority: ca } = resolving;
  return new RequestFilteringHttpsAgent(ca === undefined ? options : { ...options, ca });
}

/** A lookup that fails with AddressRefused where any address of a name is one that the destination may not have. */
export function checkedLookup(destination: Pick<Destination, "reach">, lookup: LookupFunction): LookupFunction {
  return (hostname, options, callback) =>
    lookup(hostname, options, (error, answer, family) => {
      const addresses = typeof answer === "string" ? [answer] : (answer ?? []).map(({ address }) => address);
      if (error !== null || addresses.every(address => mayConnect(destination, address))) {
        callback(error, answer, family);
      } else {
        callback(new AddressRefused(`${hostname} leads to an address that is refused`), []);
      }
    });
}
