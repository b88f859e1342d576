import type * as apigateway from "aws-cdk-lib/aws-apigateway";

/**
 * The gateway's shield against floods, at ten times the plan: the exact limit is counted in the functions, and a
 * customer who keeps to it never meets this one. 5,000 is the burst AWS grants an account.
 */
const floods = {
  free: { requestsPerMinute: 10 * 100, burst: 10 * 100 },
  pro: { requestsPerMinute: 10 * 1_000, burst: 5_000 },
  enterprise: { requestsPerMinute: 120_000, burst: 5_000 },
} as const;

/** One usage plan a tier, found by its name: `PREFIX-free`. */
export function addUsagePlans(api: apigateway.RestApi, prefix: string): void {
  for (const [plan, flood] of Object.entries(floods)) {
    api.addUsagePlan(`Plan${plan.charAt(0).toUpperCase()}${plan.slice(1)}`, {
      name: `${prefix}-${plan}`,
      throttle: { rateLimit: Math.ceil(flood.requestsPerMinute / 60), burstLimit: flood.burst },
      apiStages: [{ stage: api.deploymentStage }],
    });
  }
}
