import type { FieldError } from "../../../domain/error.ts";
import { IdempotencyKey } from "../../../domain/idempotency/claim.ts";
import type { Exchange } from "../exchange.ts";
import { apiVersion, versionHeader } from "./version.ts";

export const idempotencyHeader = "Idempotency-Key";

/** What is wrong with the request's headers. */
export function headerFaults({ headers, method }: Pick<Exchange, "headers" | "method">): FieldError[] {
  const faults: FieldError[] = [];
  const version = headers[versionHeader.toLowerCase()];
  if (version !== undefined && version !== apiVersion) {
    faults.push({ path: `headers.${versionHeader}`, message: `is not a version of this API; there is ${apiVersion}` });
  }
  const key = headers[idempotencyHeader.toLowerCase()];
  if (method === "POST" && key !== undefined) {
    const read = IdempotencyKey.safeParse(key);
    const issues = read.success ? [] : read.error.issues;
    faults.push(...issues.map(({ message }) => ({ path: `headers.${idempotencyHeader}`, message })));
  }
  return faults;
}
