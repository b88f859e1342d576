import type { FieldError } from "../../../domain/error.ts";
import type { Exchange } from "../exchange.ts";
import { BodyTooLarge, UnsupportedMediaType } from "../refusal.ts";

/** Below Lambda's 6 MB for a request, in which the body is JSON-escaped and the headers stand twice. */
const bodyBytesMax = 4 * 1024 * 1024;

export function isTooLarge(exchange: Pick<Exchange, "body">): boolean {
  return exchange.body.length > bodyBytesMax;
}

const jsonType = /^application\/json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i;

/**
 * The body as JSON, for its schema; undefined where there is none. A body too large or of another media type is
 * refused at once; one that is not JSON is a fault among the others. GET and DELETE have no body, whatever is sent.
 */
export function readBody(exchange: Exchange): { value: unknown; faults: FieldError[] } {
  if (!["POST", "PUT", "PATCH"].includes(exchange.method)) return { value: undefined, faults: [] };
  if (isTooLarge(exchange)) throw new BodyTooLarge();
  if (exchange.body.length === 0) return { value: undefined, faults: [] };
  if (!jsonType.test(exchange.headers["content-type"] ?? "")) throw new UnsupportedMediaType();
  const json = exchange.json();
  if (json.kind === "fault") return { value: undefined, faults: [{ path: "body", message: json.message }] };
  return { value: json.kind === "value" ? json.value : undefined, faults: [] };
}
