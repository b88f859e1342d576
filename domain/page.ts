import { createHmac, timingSafeEqual } from "node:crypto";
import * as z from "zod";
import { ValidationFailed } from "./error.ts";

export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().min(1).max(2048).optional(),
});

export interface Page<T> {
  readonly data: T[];
  readonly nextCursor: string | null;
}

/**
 * Opaque cursors: a position signed for one tenant and one listing, so that one forged, taken from another tenant or
 * from another listing is refused rather than followed.
 */
export interface Cursors {
  seal(position: Readonly<Record<string, string>>): string;
  open(cursor: string): Record<string, string>;
}

const Position = z.record(z.string(), z.string());
const macBytes = 16;

/** `key` is the tenant's own cursor key, `scope` names the listing and what it is filtered by. */
export function cursorsFor(key: string, scope: readonly string[]): Cursors {
  const macOf = (body: Buffer) => {
    const mac = createHmac("sha256", key).update(JSON.stringify(scope)).update("\0").update(body);
    return mac.digest().subarray(0, macBytes);
  };
  return {
    seal(position) {
      const body = Buffer.from(JSON.stringify(position));
      return Buffer.concat([macOf(body), body]).toString("base64url");
    },
    open(cursor) {
      const bytes = Buffer.from(cursor, "base64url");
      const body = bytes.subarray(macBytes);
      if (bytes.length <= macBytes || bytes.toString("base64url") !== cursor) throw forged();
      if (!timingSafeEqual(bytes.subarray(0, macBytes), macOf(body))) throw forged();
      return Position.parse(JSON.parse(body.toString()));
    },
  };
}

function forged(): ValidationFailed {
  return new ValidationFailed([{ path: "query.cursor", message: "is not a cursor of this listing" }]);
}
