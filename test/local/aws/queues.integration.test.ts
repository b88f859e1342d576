import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { accountId, type InstalledFront, installFront, region } from "./installed-front.ts";

let installed: InstalledFront;
let sqs: SQSClient;
beforeAll(async () => {
  installed = await installFront();
  sqs = new SQSClient(installed.runner);
});
afterAll(() => installed.remove());

const make = async (QueueName: string, Attributes: Record<string, string> = {}) =>
  (await sqs.send(new CreateQueueCommand({ QueueName, Attributes }))).QueueUrl;
const receive = (QueueUrl: string | undefined, WaitTimeSeconds = 5, VisibilityTimeout = 30) =>
  sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds, VisibilityTimeout, MaxNumberOfMessages: 10 }));

describe("a queue", () => {
  it("keeps its messages over a restart, is made again without harm and known by its old URL", async () => {
    const old = await make("kept", { VisibilityTimeout: "7" });
    const topic = await new SNSClient(installed.runner).send(new CreateTopicCommand({ Name: "kept" }));
    await new SNSClient(installed.runner).send(
      new SubscribeCommand({
        TopicArn: topic.TopicArn,
        Protocol: "sqs",
        Endpoint: `arn:aws:sqs:${region}:${accountId}:kept`,
        Attributes: { RawMessageDelivery: "true", FilterPolicy: JSON.stringify({ kind: ["a"] }) },
      }),
    );
    await sqs.send(new SendMessageCommand({ QueueUrl: old, MessageBody: "before" }));
    await installed.restart();
    sqs = new SQSClient(installed.runner);
    expect(await make("kept", { VisibilityTimeout: "7" })).toBe(`${installed.front.url}/${accountId}/kept`);
    const kind = (StringValue: string) => ({ kind: { DataType: "String", StringValue } });
    const sns = new SNSClient(installed.runner);
    for (const value of ["a", "b"]) {
      const MessageAttributes = kind(value);
      await sns.send(
        new PublishCommand({ TopicArn: topic.TopicArn, Message: `published ${value}`, MessageAttributes }),
      );
    }
    const bodies = new Set<string | undefined>();
    await vi.waitFor(async () => {
      for (const message of (await receive(old)).Messages ?? []) bodies.add(message.Body);
      expect(bodies).toEqual(new Set(["before", "published a"]));
    }, 30_000);
  });

  it("does not lose messages whose visibility is set to 0 in a batch", async () => {
    const QueueUrl = await make("visible");
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "again" }));
    const { Messages } = await receive(QueueUrl);
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    const Entries = [{ Id: "1", ReceiptHandle, VisibilityTimeout: 0 }];
    const changed = await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
    expect(changed.Successful).toHaveLength(1);
    expect((await receive(QueueUrl)).Messages?.map(message => message.Body)).toEqual(["again"]);
  });

  it("moves a message that was received too often to its dead-letter queue", async () => {
    const dead = await make("dead");
    const QueueUrl = await make("poisoned", {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: `arn:aws:sqs:${region}:${accountId}:dead`,
        maxReceiveCount: 1,
      }),
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "poison" }));
    expect((await receive(QueueUrl, 5, 0)).Messages).toHaveLength(1);
    expect((await receive(QueueUrl, 0, 0)).Messages).toBeUndefined();
    expect((await receive(dead)).Messages?.map(message => message.Body)).toEqual(["poison"]);
  });
});
