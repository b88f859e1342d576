import * as z from "zod";
import { Plan } from "../../domain/account/plan.ts";
import { idOf } from "../../domain/id.ts";

/**
 * Who asks, in the words of the authorizer: the one place a tenant id ever comes from. API Gateway passes an
 * authorizer's context on as strings.
 */
export const Caller = z.object({
  tenantId: idOf("ten"),
  keyId: idOf("key"),
  plan: Plan,
  /** Requests a minute. */
  rateLimit: z.coerce.number().int().min(1),
  /** How many sessions the plan allows; null for any number, which travels as an empty string. */
  sessionsMax: z.string().transform(text => (text === "" ? null : Number(text))),
  /** How many days its messages are kept; null for good, which travels as an empty string. */
  retentionDays: z
    .string()
    .default("")
    .transform(text => (text === "" ? null : Number(text))),
  cursorKey: z.string().min(16),
});
export type Caller = z.output<typeof Caller>;
/** What the authorizer writes. */
export type CallerContext = Record<keyof Caller, string>;

const Authorized = z.looseObject({ tenantId: z.string() });

/** The caller of a request, or undefined where the route has no authorizer. A broken context is a fault of ours. */
export function callerOf(authorizer: unknown): Caller | undefined {
  return Authorized.safeParse(authorizer).success ? Caller.parse(authorizer) : undefined;
}
