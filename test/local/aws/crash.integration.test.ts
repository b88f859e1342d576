import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { DeleteMessageBatchCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it } from "vitest";
import { accountId, type InstalledFront, installFront } from "./installed-front.ts";
import { killedAfter } from "./killed-writer.ts";

const writer = fileURLToPath(import.meta.resolve("./queue-writer.ts"));

async function drained(installed: InstalledFront, queue: string): Promise<Set<string>> {
  const sqs = new SQSClient(installed.runner);
  const QueueUrl = `${installed.front.url}/${accountId}/${queue}`;
  const bodies = new Set<string>();
  for (;;) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return bodies;
    for (const message of Messages) bodies.add(message.Body ?? "");
    const Entries = Messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
  }
}

describe("kill -9 of the queues, topics and buckets", () => {
  it("loses no acknowledged message, publication or object", { timeout: 180_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "aws-front-crash-"));
    const acknowledged: string[] = [];
    for (let round = 0; round < 3; round += 1) {
      acknowledged.push(...(await killedAfter(300, writer, [dataDir, String(round)])));
    }
    const installed = await installFront({ dataDir });
    const of = (kind: string) => acknowledged.filter(name => name.startsWith(kind));
    for (const queue of ["sent", "published"]) {
      const found = await drained(installed, queue);
      expect(of(queue).filter(one => !found.has(one))).toEqual([]);
    }
    const s3 = new S3Client(installed.runner);
    for (const Key of of("object")) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: "kept", Key }));
      expect(await Body?.transformToString()).toBe(Key);
    }
    await installed.remove();
  });
});
