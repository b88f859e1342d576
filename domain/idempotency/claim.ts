import * as z from "zod";

/** What a client may write into Idempotency-Key: 1–255 printable ASCII characters. */
export const IdempotencyKey = z.string().regex(/^[\x20-\x7e]{1,255}$/, "must be 1 to 255 printable ASCII characters");

/** The request that a key was first used for: another body under the same key is another request. */
export interface IdempotentRequest {
  readonly tenantId: string;
  /** Method and path with its ids, however the client spelled them. */
  readonly route: string;
  readonly key: string;
  readonly bodyHash: string;
}

/** The answer that a key replays. */
export const KeptAnswer = z.object({ status: z.int(), body: z.json().optional() });
export type KeptAnswer = z.infer<typeof KeptAnswer>;

/** The right to run the request, and what makes running it again after a crash harmless. */
export interface FirstClaim {
  readonly outcome: "first";
  readonly request: IdempotentRequest;
  /** Names this holder of the claim; nobody else's answer counts. */
  readonly token: string;
  /** Ids derived from it are the same in every run of this request. */
  readonly seed: string;
  readonly startedAtMs: number;
  /** Whether an earlier run of this request ended without an answer: what it did may stand already. */
  readonly resumed: boolean;
}

export type Claim =
  | FirstClaim
  | { readonly outcome: "replay"; readonly answer: KeptAnswer }
  | { readonly outcome: "reused" }
  | { readonly outcome: "in_progress" };
