import { rm } from "node:fs/promises";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { expect, it } from "vitest";
import { isoTime } from "../../../domain/clock.ts";
import type { WasaasEvent } from "../../../domain/event/event.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { newId } from "../../../domain/id.ts";
import { emulatedAws } from "../../emulated-aws.ts";
import { eventually } from "../../eventually.ts";
import { resourcesOf, synthesized } from "../../lib/synthesized.ts";
import { accountId, region } from "../../local/aws/installed-front.ts";

it("the template's filter lets through to campaigns what they follow of the events, and nothing else", async () => {
  const { service, directory } = await synthesized();
  await rm(directory, { recursive: true });
  const policies = resourcesOf(service, "AWS::SNS::Subscription")
    .map(({ Properties }) => Properties.FilterPolicy)
    .filter(policy => policy !== undefined);
  expect(policies).toHaveLength(1);
  await using aws = await emulatedAws();
  const { EVENT_TOPIC_ARN: TopicArn = "" } = aws.environment;
  const sqs = new SQSClient();
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "followed" }));
  const Endpoint = `arn:aws:sqs:${region}:${accountId}:followed`;
  const Attributes = { RawMessageDelivery: "true", FilterPolicy: JSON.stringify(policies[0]) };
  await new SNSClient().send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint, Attributes }));

  const friend = "5511999999999@s.whatsapp.net";
  const skipped = [
    event("contact.created", {}),
    event("message.sent", { campaignId: null }),
    event("message.received", { chatId: "1203630@g.us" }),
  ];
  const followed = [event("message.received", { chatId: friend }), event("message.sent", { campaignId: "cmp_1" })];
  for (const each of [...skipped, ...followed]) await snsTopic(TopicArn).publish({ event: each });
  const came = new Set<string>();
  await eventually("what campaigns follow", async () => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    for (const { Body = "" } of Messages) came.add(JSON.parse(Body).event.id);
    return followed.every(({ id }) => came.has(id));
  });
  expect([...came].toSorted()).toEqual(followed.map(({ id }) => id).toSorted());
});

function event(type: WasaasEvent["type"], data: WasaasEvent["data"]): WasaasEvent {
  const nowMs = Date.now();
  const ids = { id: newId("evt", nowMs), tenantId: newId("ten", nowMs), sessionId: newId("ses", nowMs) };
  return { ...ids, type, createdAt: isoTime(nowMs), sequence: 1, metadata: {}, data };
}
