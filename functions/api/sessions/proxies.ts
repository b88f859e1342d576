import { ValidationFailed } from "../../../domain/error.ts";
import type { SecretBox } from "../../../domain/secret/envelope.ts";
import { proxyOf, sealProxy } from "../../../domain/session/proxy.ts";
import type { SessionRef } from "../../../domain/session/session.ts";
import { DestinationRefused, type DestinationRules } from "../../../domain/webhook/destination.ts";

/** What becomes of a customer's proxy URL: it is judged, and kept sealed. */
export interface Proxies {
  /** Throws ValidationFailed where a session may not connect through it; undefined and null stay what they are. */
  sealed(
    session: Pick<SessionRef, "id" | "tenantId">,
    url: string | null | undefined,
  ): Promise<Uint8Array | null | undefined>;
}

export function proxiesUnder(rules: DestinationRules, box: SecretBox): Proxies {
  return {
    async sealed(session, url) {
      if (url === undefined || url === null) return url;
      try {
        proxyOf(url, rules);
      } catch (error) {
        if (!(error instanceof DestinationRefused)) throw error;
        throw new ValidationFailed([{ path: "body.proxyUrl", message: error.message }]);
      }
      return sealProxy(box, session, url);
    },
  };
}
