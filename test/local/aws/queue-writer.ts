// Child process of the crash test: messages, publications and objects without end, each acknowledged one on its own line.
import { CreateBucketCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { CreateTopicCommand, PublishCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import { CreateQueueCommand, SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { accountId, installFront, region } from "./installed-front.ts";

const [dataDir = "", round = "0"] = process.argv.slice(2);
const installed = await installFront({ dataDir });
const sqs = new SQSClient(installed.runner);
const sns = new SNSClient(installed.runner);
const s3 = new S3Client(installed.runner);
const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: "sent" }));
await sqs.send(new CreateQueueCommand({ QueueName: "published" }));
const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: "events" }));
const Endpoint = `arn:aws:sqs:${region}:${accountId}:published`;
const Attributes = { RawMessageDelivery: "true" };
await sns.send(new SubscribeCommand({ TopicArn, Protocol: "sqs", Endpoint, Attributes }));
await s3.send(new CreateBucketCommand({ Bucket: "kept" }));

async function endlessly(kind: string, write: (name: string) => Promise<unknown>): Promise<never> {
  for (let count = 0; ; count += 1) {
    const name = `${kind}-${round}-${count}`;
    await write(name);
    process.stdout.write(`${name}\n`);
  }
}

await Promise.all([
  endlessly("sent", name => sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: name }))),
  endlessly("published", name => sns.send(new PublishCommand({ TopicArn, Message: name }))),
  endlessly("object", name => s3.send(new PutObjectCommand({ Bucket: "kept", Key: name, Body: name }))),
]);
