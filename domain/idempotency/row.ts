import * as z from "zod";
import type { IdempotentRequest } from "./claim.ts";

/** How long a key remembers its first request. */
export const keptMs = 86_400_000;

/** A key as it is stored. Without `answer` the request is running until `leaseUntilMs`, and free to run again after. */
export const IdempotencyRow = z.object({
  bodyHash: z.string(),
  token: z.string(),
  seed: z.string(),
  startedAtMs: z.int(),
  leaseUntilMs: z.int(),
  answer: z.instanceof(Uint8Array).optional(),
});
export type IdempotencyRow = z.infer<typeof IdempotencyRow>;

export type Judgement = "absent" | "replay" | "reused" | "in_progress" | "resume";

/**
 * What a stored key means to a request that comes now:
 *
 *     absent ──claim──▶ running ──2xx, 400, 422──▶ answered ──24 h──▶ absent
 *                          │  └──any other answer──▶ free ──claim──▶ running
 *                          └──crash, lease over────▶ free
 *
 * A free key resumes with the seed of its first run where the body is the same, since a run that ended in an error,
 * or in none, may have done its work all the same. With another body it starts anew.
 */
export function judged(row: IdempotencyRow | undefined, request: IdempotentRequest, nowMs: number): Judgement {
  if (row === undefined || row.startedAtMs + keptMs <= nowMs) return "absent";
  const same = row.bodyHash === request.bodyHash;
  const busy = row.answer !== undefined || row.leaseUntilMs > nowMs;
  if (busy && !same) return "reused";
  if (row.answer !== undefined) return "replay";
  if (busy) return "in_progress";
  return same ? "resume" : "absent";
}
