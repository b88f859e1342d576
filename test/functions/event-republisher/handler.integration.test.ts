import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import type { ScheduledEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PublishedEvent, type WasaasEvent } from "../../../domain/event/event.ts";
import { eventRow, putEventRow } from "../../../domain/event/log.ts";
import { newId } from "../../../domain/id.ts";
import { accountId, region } from "../../local/aws/installed-front.ts";
import { contextOfTest } from "../front-door.ts";
import { WebhooksInstalled } from "../webhooks-installed.ts";

let installed: WebhooksInstalled;
beforeAll(async () => {
  installed = await WebhooksInstalled.start();
});
afterAll(() => installed[Symbol.asyncDispose]());

describe("the republisher's function", () => {
  test("publishes once what was left unpublished for half a minute, and nothing younger", async () => {
    const sqs = new SQSClient();
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "published" }));
    const subscription = new SubscribeCommand({
      TopicArn: installed.aws.environment.EVENT_TOPIC_ARN,
      Protocol: "sqs",
      Endpoint: `arn:aws:sqs:${region}:${accountId}:published`,
      Attributes: { RawMessageDelivery: "true" },
    });
    await new SNSClient().send(subscription);
    const write = async (event: WasaasEvent, ageMs: number) => {
      const row = putEventRow(installed.aws.db, eventRow(event, Date.now() - ageMs));
      await installed.aws.db.client.send(new PutCommand({ TableName: row.Put?.TableName, Item: row.Put?.Item }));
    };
    const tenantId = newId("ten", Date.now());
    const [old, young] = [installed.newEvent(tenantId), installed.newEvent(tenantId)];
    await write(old, 31_000);
    await write(young, 5_000);
    Object.assign(process.env, installed.aws.environment);
    const { handler } = await import("../../../functions/event-republisher/handler.ts");
    const run = () => handler({} as ScheduledEvent, contextOfTest(), () => undefined);
    await run();
    await run();
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
    );
    expect(Messages.map(({ Body = "" }) => PublishedEvent.parse(JSON.parse(Body)))).toEqual([{ event: old }]);
  });
});
