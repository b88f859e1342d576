import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Context, SQSEvent } from "aws-lambda";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ImportCommand, sqsImportQueue } from "../../../domain/contact-import/import-queue.ts";
import { listEvents } from "../../../domain/event/listing.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { openLog } from "../../../domain/log.ts";
import { openMediaBucket } from "../../../domain/media/bucket.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { carryOn } from "../../../functions/contact-importer/carry-on.ts";
import type { Importing } from "../../../functions/contact-importer/importing.ts";
import { eventTeller } from "../../../functions/event-teller.ts";
import { mediaBucketOfTests } from "../../emulated-aws.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let importing: Importing;
let handle: (event: SQSEvent, context: Context) => Promise<{ batchItemFailures: unknown[] }>;
const sqs = () => new SQSClient();
const queueUrl = () => door.aws.environment.IMPORT_QUEUE_URL ?? "";

beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant();
  const { handler } = await import("../../../functions/contact-importer/handler.ts");
  handle = handler as unknown as typeof handle;
  const log = openLog({ name: "test", level: "error" });
  const topic = snsTopic(door.aws.environment.EVENT_TOPIC_ARN ?? "");
  importing = {
    db: door.aws.db,
    bucket: openMediaBucket(mediaBucketOfTests),
    queue: sqsImportQueue(queueUrl()),
    events: eventTeller({ db: door.aws.db, topic, now: Date.now, log }),
    now: Date.now,
    mayGoOn: () => true,
  };
});
afterAll(() => door.close());

async function uploaded(text: string, of = tenant): Promise<string> {
  const size = Buffer.byteLength(text);
  const json = { filename: "contacts.csv", mimetype: "text/csv", size };
  const { body } = await door.ask("POST", "/api/media", { key: of.key, json });
  expect((await fetch(body.uploadUrl, { method: "PUT", body: text })).status).toBe(200);
  return body.id;
}

const start = (mediaId: string, of = tenant, headers = {}) =>
  door.ask("POST", "/api/contacts/imports", { key: of.key, json: { mediaId }, headers });
const seen = async (id: string, of = tenant) =>
  (await door.ask("GET", `/api/contacts/imports/${id}`, { key: of.key })).body;
const count = async (of: TenantOfTest, query = {}) =>
  (await door.ask("GET", "/api/contacts", { key: of.key, query: { limit: "100", ...query } })).body.data.length;

/** Takes the commands that are queued now. */
async function commands(): Promise<{ body: string; receives: string }[]> {
  const QueueUrl = queueUrl();
  const asked = {
    QueueUrl,
    MaxNumberOfMessages: 10,
    MessageSystemAttributeNames: ["ApproximateReceiveCount" as const],
  };
  const { Messages = [] } = await sqs().send(new ReceiveMessageCommand(asked));
  for (const { ReceiptHandle } of Messages) await sqs().send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body = "", Attributes }) => ({
    body: Body,
    receives: Attributes?.ApproximateReceiveCount ?? "1",
  }));
}

/** Works the queue off as Lambda does. Answers how many messages that took. */
async function workOff(remainingMs = 25_000): Promise<number> {
  let worked = 0;
  for (let batch = await commands(); batch.length > 0; batch = await commands()) {
    for (const { body, receives } of batch) {
      worked++;
      expect(await handle(eventOf(body, receives), contextWith(remainingMs))).toEqual({ batchItemFailures: [] });
    }
  }
  return worked;
}

const contextWith = (remainingMs: number) => ({ getRemainingTimeInMillis: () => remainingMs }) as Context;
const eventOf = (body: string, receives = "1") =>
  ({ Records: [{ messageId: "m", body, attributes: { ApproximateReceiveCount: receives } }] }) as unknown as SQSEvent;

const rowsOf = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `+1415${String(5_550_000 + from + at)};Person ${from + at};vip`).join(
    "\n",
  );

async function importedEvents(of: TenantOfTest) {
  const query = { limit: 100, cursors: cursorsFor("key", []), nowMs: Date.now() + 10_000 };
  return (await listEvents(door.aws.db, of.id, query)).data.map(({ type, data }) => ({ type, data }));
}

describe("POST /api/contacts/imports", () => {
  it("answers 202, imports in the background, and tells counts, failed rows and one event", async () => {
    const of = await door.tenant();
    await door.ask("POST", "/api/contacts", { key: of.key, json: { phoneNumber: "+14155550003", name: "Known" } });
    const text = `phone;name;tags\n${rowsOf(0, 700)}\n12;"too ""short""";\n${rowsOf(700, 1_300)}\n+14155550000;Again;\n`;
    const mediaId = await uploaded(text, of);
    const started = await start(mediaId, of);
    expect(started.status).toBe(202);
    expect(started.body).toEqual({
      id: expect.stringMatching(/^imp_/),
      mediaId,
      status: "running",
      total: null,
      processed: 0,
      created: 0,
      updated: 0,
      failedCount: 0,
      error: null,
      errorsUrl: null,
      createdAt: expect.any(String),
      finishedAt: null,
    });
    expect(await workOff()).toBe(1);
    const done = await seen(started.body.id, of);
    const counts = { total: 1_302, created: 1_299, updated: 2, failedCount: 1 };
    expect(done).toMatchObject({ status: "completed", processed: 1_302, ...counts, finishedAt: expect.any(String) });
    const errors = await fetch(done.errorsUrl);
    expect(errors.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(await errors.text()).toMatch(
      /^index,code,message\r\n700,validation_failed,"phoneNumber: must be [^"\n]*"\r\n$/,
    );
    const events = await importedEvents(of);
    expect(events.map(({ type }) => type)).toEqual(["contact.created", "contact.imported"]);
    expect(events[1]?.data).toEqual({ importId: started.body.id, ...counts });
    expect(await count(of, { search: "again" })).toBe(1);
  });

  it("goes on from message to message where time is short", async () => {
    const of = await door.tenant();
    const { body } = await start(await uploaded(`phone;name;tags\n${rowsOf(0, 1_200)}`, of), of);
    // One message a step: the header, the count of each 1,000 rows and of all, three chunks, the end.
    expect(await workOff(10_000)).toBe(7);
    expect(await seen(body.id, of)).toMatchObject({
      status: "completed",
      total: 1_200,
      processed: 1_200,
      created: 1_200,
      errorsUrl: null,
    });
  });

  it("says how far it has come", async () => {
    const of = await door.tenant();
    const { body } = await start(await uploaded(`phone;name;tags\n${rowsOf(0, 1_200)}`, of), of);
    const command = ImportCommand.parse({ type: "contacts.import", tenantId: of.id, importId: body.id });
    let steps = 5;
    await carryOn({ ...importing, mayGoOn: () => --steps > 0 }, command);
    expect(await seen(body.id, of)).toMatchObject({
      status: "running",
      total: 1_200,
      processed: 1_000,
      created: 1_000,
    });
    await workOff();
    expect(await seen(body.id, of)).toMatchObject({ status: "completed", processed: 1_200 });
  });

  it("is started once under an Idempotency-Key, and answers 404 for a file that is not the tenant's", async () => {
    const mediaId = await uploaded("phone\n+14155550000");
    const [first, again] = [
      await start(mediaId, tenant, { "Idempotency-Key": "i" }),
      await start(mediaId, tenant, { "Idempotency-Key": "i" }),
    ];
    expect(again.body).toEqual(first.body);
    const stranger = await door.tenant();
    expectProblem(await start(mediaId, stranger), 404, "not_found");
    expectProblem(await start("imp_01JD3Z8QK6W7P9V2M4N5X0T1RB"), 404, "not_found");
    expectProblem(
      await door.ask("GET", `/api/contacts/imports/${first.body.id}`, { key: stranger.key }),
      404,
      "not_found",
    );
    expectProblem(
      await door.ask("POST", "/api/contacts/imports", { key: tenant.key, json: {} }),
      400,
      "validation_failed",
    );
    await workOff();
  });

  it("answers 409 while the file has not been uploaded", async () => {
    const json = { filename: "contacts.csv", mimetype: "text/csv", size: 10 };
    const { body } = await door.ask("POST", "/api/media", { key: tenant.key, json });
    const answer = expectProblem(await start(body.id), 409, "media_not_ready");
    expect(answer.headers["Retry-After"]).toMatch(/^\d+$/);
  });

  it.each([
    ["has no column of numbers", "name\nAna", "phone or phoneNumber"],
    [
      "has a quote that is never closed, far behind",
      `phone,name\n${"+14155550001,Ana\n".repeat(3_000)}+14155550002,"Bea\n`,
      "quote",
    ],
  ])("fails as a whole, having saved nothing, where the file %s", async (_what, text, why) => {
    const of = await door.tenant();
    const { body } = await start(await uploaded(text, of), of);
    await workOff();
    expect(await seen(body.id, of)).toMatchObject({
      status: "failed",
      processed: 0,
      error: { code: "validation_failed", message: expect.stringContaining(why) },
      finishedAt: expect.any(String),
    });
    expect(await count(of)).toBe(0);
  });

  it("is given up where it fails as often as the queue allows", async () => {
    const { body } = await start(await uploaded("phone\n+14155550000"));
    const [queued] = await commands();
    const bucket = importing.bucket.name;
    const Key = `uploads/${tenant.id}/${body.mediaId}`;
    const { DeleteObjectCommand } = await import("@aws-sdk/client-s3");
    await importing.bucket.client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
    const again = { batchItemFailures: [{ itemIdentifier: "m" }] };
    expect(await handle(eventOf(queued?.body ?? "", "9"), contextWith(25_000))).toEqual(again);
    expect(await seen(body.id)).toMatchObject({ status: "running" });
    expect(await handle(eventOf(queued?.body ?? "", "10"), contextWith(25_000))).toEqual(again);
    expect(await seen(body.id)).toMatchObject({ status: "failed", error: { code: "internal_error" } });
  });
});

describe("an import that is cut off", () => {
  /** A client that dies with its process after so many requests. */
  function dyingAfter(requests: number): Importing["db"] {
    let left = requests;
    const send = (command: never) =>
      left-- > 0 ? importing.db.client.send(command) : Promise.reject(new Error("killed"));
    return { ...importing.db, client: { send } as unknown as DynamoDBDocumentClient };
  }

  it("at any request to the database goes on, and counts every row once", async () => {
    const of = await door.tenant();
    const text = `phone;name;tags\n${rowsOf(0, 800)}\n12;;\n${rowsOf(600, 1_100)}`;
    const { body } = await start(await uploaded(text, of), of);
    const command = ImportCommand.parse({ type: "contacts.import", tenantId: of.id, importId: body.id });
    let runs = 0;
    for (let requests = 1; (await seen(body.id, of)).status === "running"; requests += 3) {
      runs++;
      await carryOn({ ...importing, db: dyingAfter(requests) }, command).catch((error: unknown) => {
        expect(error).toMatchObject({ code: expect.stringMatching(/_failed$/) });
      });
    }
    expect(runs).toBeGreaterThan(5);
    expect(await seen(body.id, of)).toMatchObject({
      status: "completed",
      total: 1_301,
      created: 1_100,
      updated: 200,
      failedCount: 1,
    });
    expect((await importedEvents(of)).filter(({ type }) => type === "contact.imported")).toHaveLength(1);
    await workOff();
  });

  it("or carried on twice at once counts every row once", async () => {
    const of = await door.tenant();
    const { body } = await start(await uploaded(`phone;name;tags\n${rowsOf(0, 1_500)}`, of), of);
    const command = ImportCommand.parse({ type: "contacts.import", tenantId: of.id, importId: body.id });
    await Promise.all([1, 2, 3].map(() => carryOn(importing, command)));
    await workOff();
    expect(await seen(body.id, of)).toMatchObject({ status: "completed", total: 1_500, created: 1_500, updated: 0 });
    expect(await importedEvents(of)).toHaveLength(1);
  });
});
