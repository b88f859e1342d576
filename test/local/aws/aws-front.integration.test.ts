import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
} from "@aws-sdk/client-dynamodb";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { accountId, type InstalledFront, installFront, refusal, region } from "./installed-front.ts";

let installed: InstalledFront;
beforeAll(async () => {
  installed = await installFront();
});
afterAll(() => installed.remove());

const table = (name: string) => ({
  TableName: name,
  KeySchema: [{ AttributeName: "pk", KeyType: "HASH" as const }],
  AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" as const }],
  BillingMode: "PAY_PER_REQUEST" as const,
});
const arnOf = (service: string, name: string) => `arn:aws:${service}:${region}:${accountId}:${name}`;

describe("who may call", () => {
  it("refuses an access key that nobody has", async () => {
    const config = { ...installed.runner, credentials: { accessKeyId: "AKIANOBODY", secretAccessKey: "x" } };
    const refused = await refusal(new DynamoDBClient(config).send(new ListTablesCommand({})));
    expect(refused).toEqual({ name: "UnrecognizedClientException", status: 403 });
  });

  it("refuses the runner's access key with another secret", async () => {
    const { accessKeyId } = installed.runner.credentials;
    const config = { ...installed.runner, credentials: { accessKeyId, secretAccessKey: "guessed" } };
    const refused = await refusal(new DynamoDBClient(config).send(new ListTablesCommand({})));
    expect(refused).toEqual({ name: "InvalidSignatureException", status: 403 });
  });

  it("refuses a request without a signature", async () => {
    const response = await fetch(installed.front.url, { method: "POST", body: "{}" });
    expect(response.status).toBe(403);
  });

  it("refuses a signature for another region", async () => {
    const client = new DynamoDBClient({ ...installed.runner, region: "us-east-1" });
    expect((await refusal(client.send(new ListTablesCommand({}))))?.name).toBe("InvalidSignatureException");
  });
});

describe("DynamoDB", () => {
  it("lets a role do what its policy allows and nothing else", async () => {
    const runner = new DynamoDBClient(installed.runner);
    await runner.send(new CreateTableCommand(table("Things")));
    await runner.send(new PutItemCommand({ TableName: "Things", Item: { pk: { S: "a" }, n: { N: "1" } } }));
    const reader = new DynamoDBClient(
      installed.role("thing-reader", {
        Effect: "Allow",
        Action: "dynamodb:GetItem",
        Resource: arnOf("dynamodb", "table/Things"),
      }),
    );
    const { Item } = await reader.send(new GetItemCommand({ TableName: "Things", Key: { pk: { S: "a" } } }));
    expect(Item).toEqual({ pk: { S: "a" }, n: { N: "1" } });
    const refused = await refusal(reader.send(new PutItemCommand({ TableName: "Things", Item: { pk: { S: "b" } } })));
    expect(refused).toEqual({ name: "AccessDeniedException", status: 400 });
    expect(installed.front.denied.at(-1)).toMatchObject({
      roleName: "thing-reader",
      action: "dynamodb:PutItem",
      resource: arnOf("dynamodb", "table/Things"),
    });
  });
});

describe("SQS", () => {
  it("answers queue URLs of the front and delivers what was sent", async () => {
    const sqs = new SQSClient(installed.runner);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "commands" }));
    expect(QueueUrl).toBe(`${installed.front.url}/${accountId}/commands`);
    expect((await sqs.send(new GetQueueUrlCommand({ QueueName: "commands" }))).QueueUrl).toBe(QueueUrl);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, VisibilityTimeout: 30 }));
    expect(Messages?.map(message => message.Body)).toEqual(["hello"]);
    const ReceiptHandle = Messages?.[0]?.ReceiptHandle;
    await sqs.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout: 0 }));
    const again = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
    expect(again.Messages?.map(message => message.Body)).toEqual(["hello"]);
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again.Messages?.[0]?.ReceiptHandle }));
  });

  it("lets a sender send in batches but not receive", async () => {
    const { QueueUrl } = await new SQSClient(installed.runner).send(new CreateQueueCommand({ QueueName: "outbound" }));
    const sender = new SQSClient(
      installed.role("sender", { Effect: "Allow", Action: ["sqs:SendMessage"], Resource: arnOf("sqs", "outbound") }),
    );
    await sender.send(new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: "1", MessageBody: "a" }] }));
    const refused = await refusal(sender.send(new ReceiveMessageCommand({ QueueUrl })));
    expect(refused).toEqual({ name: "AccessDeniedException", status: 403 });
  });
});

describe("SNS", () => {
  it("delivers to a subscribed queue, and lets only a publisher publish", async () => {
    const sqs = new SQSClient(installed.runner);
    const sns = new SNSClient(installed.runner);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "events" }));
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "events" }));
    const subscribe = () =>
      sns.send(
        new SubscribeCommand({
          TopicArn,
          Protocol: "sqs",
          Endpoint: arnOf("sqs", "events"),
          Attributes: { RawMessageDelivery: "true" },
          ReturnSubscriptionArn: true,
        }),
      );
    const first = await subscribe();
    expect((await subscribe()).SubscriptionArn).toBe(first.SubscriptionArn);
    const publisher = new SNSClient(
      installed.role("publisher", { Effect: "Allow", Action: "sns:Publish", Resource: arnOf("sns", "events") }),
    );
    await publisher.send(new PublishCommand({ TopicArn, Message: "it happened" }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5, MaxNumberOfMessages: 10 }),
    );
    expect(Messages?.map(message => message.Body)).toEqual(["it happened"]);
    const other = new SNSClient(
      installed.role("other", { Effect: "Allow", Action: "sns:Publish", Resource: arnOf("sns", "elsewhere") }),
    );
    const refused = await refusal(other.send(new PublishCommand({ TopicArn, Message: "no" })));
    expect(refused).toEqual({ name: "AuthorizationErrorException", status: 403 });
  });
});

describe("S3", () => {
  it("lets a role read objects but not write them", async () => {
    const s3 = new S3Client(installed.runner);
    await s3.send(new CreateBucketCommand({ Bucket: "media" }));
    await s3.send(new CreateBucketCommand({ Bucket: "media" }));
    await s3.send(
      new PutObjectCommand({ Bucket: "media", Key: "a b/ü+1.txt", Body: "text", ContentType: "text/plain" }),
    );
    const reader = new S3Client(
      installed.role("media-reader", { Effect: "Allow", Action: ["s3:GetObject*"], Resource: "arn:aws:s3:::media/*" }),
    );
    const { Body } = await reader.send(new GetObjectCommand({ Bucket: "media", Key: "a b/ü+1.txt" }));
    expect(await Body?.transformToString()).toBe("text");
    const refusedPut = await refusal(reader.send(new PutObjectCommand({ Bucket: "media", Key: "b", Body: "x" })));
    expect(refusedPut).toEqual({ name: "AccessDenied", status: 403 });
    const refusedList = await refusal(reader.send(new ListObjectsV2Command({ Bucket: "media" })));
    expect(refusedList?.name).toBe("AccessDenied");
    const refusedDelete = await refusal(reader.send(new DeleteObjectCommand({ Bucket: "media", Key: "a b/ü+1.txt" })));
    expect(refusedDelete?.name).toBe("AccessDenied");
  });

  it("says 403 for a missing object to who may not list the bucket, 404 to who may", async () => {
    const s3 = new S3Client(installed.runner);
    await s3.send(new CreateBucketCommand({ Bucket: "missing" }));
    const get = { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::missing/*" };
    const list = { Effect: "Allow", Action: "s3:ListBucket", Resource: "arn:aws:s3:::missing" };
    const blind = new S3Client(installed.role("blind", get));
    const sighted = new S3Client(installed.role("sighted", get, list));
    const head = new HeadObjectCommand({ Bucket: "missing", Key: "nothing" });
    expect((await refusal(blind.send(head)))?.status).toBe(403);
    expect((await refusal(sighted.send(head)))?.status).toBe(404);
  });
});
