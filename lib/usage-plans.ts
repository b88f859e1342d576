import type * as apigateway from "aws-cdk-lib/aws-apigateway";
import { allowanceOf, Plan } from "../domain/account/plan.ts";

/** What AWS grants an account unless asked for more: no single caller can be let through faster. */
const account = { requestsPerSecond: 10_000, burst: 5_000 };

/**
 * The gateway's shield against floods, at ten times a plan's limit. The exact limit is counted in the functions: a
 * customer who keeps to it never meets this one. Enterprise limits are set per tenant, so their plan knows none.
 */
function throttleOf(plan: Plan): apigateway.ThrottleSettings {
  if (plan === "enterprise") return { rateLimit: account.requestsPerSecond, burstLimit: account.burst };
  const flood = 10 * allowanceOf(plan).rateLimit;
  return { rateLimit: Math.ceil(flood / 60), burstLimit: Math.min(flood, account.burst) };
}

/** One usage plan a tier, found by its name: `PREFIX-free`. */
export function addUsagePlans(api: apigateway.RestApi, prefix: string): void {
  for (const plan of Plan.options) {
    api.addUsagePlan(`Plan${plan.charAt(0).toUpperCase()}${plan.slice(1)}`, {
      name: `${prefix}-${plan}`,
      throttle: throttleOf(plan),
      apiStages: [{ stage: api.deploymentStage }],
    });
  }
}
