import * as z from "zod";

export const Plan = z.enum(["free", "pro", "enterprise"]).meta({ id: "Plan" });
export type Plan = z.infer<typeof Plan>;

interface Allowance {
  /** Requests a UTC clock minute unless the operator says otherwise. */
  readonly rateLimit: number;
  /** The highest figure an operator may set: beyond its plan's figure a tenant belongs on another plan. */
  readonly rateLimitMax: number;
  /** Null: any number. */
  readonly sessionsMax: number | null;
}

const allowances: Readonly<Record<Plan, Allowance>> = {
  free: { rateLimit: 100, rateLimitMax: 100, sessionsMax: 2 },
  pro: { rateLimit: 1_000, rateLimitMax: 1_000, sessionsMax: 50 },
  enterprise: { rateLimit: 10_000, rateLimitMax: 1_000_000, sessionsMax: null },
};

export function allowanceOf(plan: Plan): Allowance {
  return allowances[plan];
}
