import * as z from "zod";

/** Why a try failed. `redirect` and `status` come with the endpoint's status code, the others with none. */
export const AttemptError = z
  .enum([
    "status",
    "redirect",
    "timeout",
    "address_refused",
    "url_refused",
    "dns_failed",
    "tls_failed",
    "connection_failed",
  ])
  .meta({ id: "WebhookAttemptError" });
export type AttemptError = z.infer<typeof AttemptError>;

/** One try as it is stored, numbered from 1 over all of a delivery's rounds. `error` is null where it succeeded. */
export const Attempt = z.object({
  number: z.int().min(1),
  at: z.iso.datetime(),
  statusCode: z.int().nullable(),
  latencyMs: z.int().min(0),
  error: AttemptError.nullable(),
});
export type Attempt = z.infer<typeof Attempt>;

/** What came of one try. `excerpt` is the beginning of the response's body, `retryAfter` its header of that name. */
export interface Outcome {
  readonly statusCode: number | null;
  readonly error: AttemptError | null;
  readonly latencyMs: number;
  readonly excerpt: string | null;
  readonly retryAfter: string | undefined;
}
