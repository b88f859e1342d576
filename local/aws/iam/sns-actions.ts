import type { Authorization, Partition } from "./authorization.ts";

/** What an SNS call needs; subscriptions are permissions on their topic (service authorization reference, SNS). */
export function snsAuthorizations(
  operation: string,
  form: URLSearchParams,
  where: Partition,
): readonly Authorization[] {
  const action = `sns:${operation === "PublishBatch" ? "Publish" : operation}`;
  const protocol = form.get("Protocol");
  const context = new Map(protocol === null ? [] : [["sns:protocol", [protocol]]]);
  return [{ action, resource: resourceOf(form, where), context }];
}

function resourceOf(form: URLSearchParams, where: Partition): string {
  const topic = form.get("TopicArn") ?? form.get("TargetArn") ?? form.get("ResourceArn");
  if (topic !== null) return topic;
  const name = form.get("Name");
  if (name !== null) return `arn:aws:sns:${where.region}:${where.accountId}:${name}`;
  const subscription = form.get("SubscriptionArn");
  return subscription === null ? "*" : subscription.split(":").slice(0, 6).join(":");
}
