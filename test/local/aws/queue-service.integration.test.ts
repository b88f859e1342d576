import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AwsService, onceParsed } from "../../../local/aws/aws-call.ts";
import { type Fauxqs, openFauxqs } from "../../../local/aws/fauxqs.ts";
import { queueService } from "../../../local/aws/queue-service.ts";
import { region } from "./installed-front.ts";

let dataDir: string;
let fauxqs: Fauxqs;
let queues: AwsService;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "queue-service-"));
  fauxqs = await openFauxqs({ dataDir, region });
  queues = queueService(fauxqs, region, () => "http://front");
});
afterAll(async () => {
  await fauxqs.stop();
  await rm(dataDir, { recursive: true });
});

const ask = async (operation: string, input: object, hangUp = new AbortController().signal) => {
  const request = { method: "POST", path: "/", query: "", headers: {}, body: Buffer.from(JSON.stringify(input)) };
  const call = { service: "sqs", operation, caller: { kind: "runner" as const }, request, hangUp };
  const reply = await queues.answer({ ...call, input: onceParsed(request.body) });
  return JSON.parse(reply.body.toString() || "{}");
};

describe("a long poll", () => {
  it("gives back what it took for a caller that has hung up", async () => {
    const { QueueUrl } = await ask("CreateQueue", { QueueName: "abandoned" });
    const gone = new AbortController();
    const poll = ask("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 10, VisibilityTimeout: 600 }, gone.signal);
    gone.abort();
    await ask("SendMessage", { QueueUrl, MessageBody: "for the living" });
    await poll;
    const { Messages } = await ask("ReceiveMessage", { QueueUrl, WaitTimeSeconds: 5 });
    expect(Messages).toMatchObject([{ Body: "for the living" }]);
  });

  it("leaves a message alone that speaks of a queue's address", async () => {
    const { QueueUrl } = await ask("CreateQueue", { QueueName: "addresses" });
    const MessageBody = `http://sqs.${region}.localhost/000000000000/addresses`;
    await ask("SendMessage", { QueueUrl, MessageBody });
    const { Messages } = await ask("ReceiveMessage", { QueueUrl });
    expect(Messages).toMatchObject([{ Body: MessageBody }]);
  });
});
