import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outboxRows } from "../../../domain/outbox/store.ts";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession, setStatus } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant();
});
afterAll(() => door.close());

const bulk = (session: Session, json: object, headers: Record<string, string> = {}, key = tenant.key) =>
  door.ask("POST", "/api/messages/send-bulk", { key, json: { sessionId: session.id, ...json }, headers });

async function queuedOf(session: Session) {
  const rows: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await outboxRows(door.aws.db, session, { from: "low", after }, 100);
    rows.push(...page.map(row => (row.type === "message.send" ? row.messageId : "")));
    after = page.at(-1)?.key;
    if (page.length < 100) return rows;
  }
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => String(15_552_000_000 + index));

describe("POST /api/messages/send-bulk", () => {
  it("accepts a thousand recipients in one answer, each once, in their order and at low priority", async () => {
    const session = await linkedSession(door, tenant);
    const recipients = numbers(1_000).map((to, index) => ({ to, variables: { name: `Person ${index}` } }));
    const { status, body } = await bulk(session, { recipients, text: "Hello {{name}}" });
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 1_000, rejected: [] });
    expect(body.messages.map(({ to }: { to: string }) => to)).toEqual(recipients.map(({ to }) => to));
    expect(await queuedOf(session)).toEqual(body.messages.map(({ id }: { id: string }) => id));
    const query = { sessionId: session.id };
    const history = await door.ask("GET", `/api/messages/${recipients[7]?.to}`, { key: tenant.key, query });
    expect(history.body.data).toMatchObject([{ text: "Hello Person 7", priority: "low", status: "queued" }]);
  });

  it("refuses by themselves recipients that are none, and those that lack a variable", async () => {
    const session = await linkedSession(door, tenant);
    const recipients = [
      { to: "+15551112222", variables: { name: "Ana" } },
      { to: "nobody", variables: { name: "Bo" } },
      { to: "+15551113333" },
      { to: "+15551114444", variables: { name: "Cy", unused: "x" } },
    ];
    const { body } = await bulk(session, { recipients, text: "{{name}}" });
    expect(body).toMatchObject({
      accepted: 2,
      rejected: [
        { index: 1, to: "nobody", code: "invalid_recipient" },
        { index: 2, to: "+15551113333", code: "missing_variable", message: "has no name" },
      ],
    });
    expect(await queuedOf(session)).toHaveLength(2);
  });

  it("leaves out those who opted out", async () => {
    const session = await linkedSession(door, tenant);
    const contact = { key: tenant.key, json: { phoneNumber: "+15551115555", optedOut: true } };
    expect((await door.ask("POST", "/api/contacts", contact)).status).toBe(201);
    const recipients = [{ to: "+15551115555" }, { to: "+15551116666" }];
    const { body } = await bulk(session, { recipients, text: "Hi" });
    expect(body).toMatchObject({ accepted: 1, rejected: [{ index: 0, to: "+15551115555", code: "opted_out" }] });
  });

  it("takes a template, whose values a recipient's own come before", async () => {
    const session = await linkedSession(door, tenant);
    const made = { key: tenant.key, json: { name: "Greeting", body: "{{greeting}} {{name}}" } };
    const template = (await door.ask("POST", "/api/templates", made)).body;
    const recipients = [
      { to: "15551112222", variables: { name: "Ana" } },
      { to: "15551113333", variables: { name: "Bo", greeting: "Hi" } },
    ];
    const given = { id: template.id, variables: { greeting: "Hello" } };
    const { body } = await bulk(session, { recipients, template: given });
    expect(body.accepted).toBe(2);
    const said = async (to: string) =>
      (await door.ask("GET", `/api/messages/${to}`, { key: tenant.key, query: { sessionId: session.id } })).body.data[0]
        .text;
    expect([await said("15551112222"), await said("15551113333")]).toEqual(["Hello Ana", "Hi Bo"]);
  });

  it("accepts nobody twice where a run crashed before it answered", async () => {
    const session = await linkedSession(door, tenant);
    const headers = { "Idempotency-Key": "a bulk that crashed" };
    const json = { recipients: numbers(60).map(to => ({ to })), text: "once" };
    const first = await bulk(session, json, headers);
    await door.aws.db.client.send(
      new UpdateCommand({
        TableName: door.aws.db.table.idempotency,
        Key: { pk: `${tenant.id}#["sendBulk"]`, sk: "a bulk that crashed" },
        UpdateExpression: "SET leaseUntilMs = :past REMOVE answer",
        ConditionExpression: "attribute_exists(answer)",
        ExpressionAttributeValues: { ":past": Date.now() - 1 },
      }),
    );
    const again = await bulk(session, json, headers);
    expect(again).toMatchObject({ status: 202, body: first.body });
    expect(await queuedOf(session)).toHaveLength(60);
  });

  it("refuses what is no bulk, a session that takes no messages and another tenant's", async () => {
    const session = await linkedSession(door, tenant);
    const recipients = [{ to: "15551112222" }];
    const wrong = [
      { recipients: [], text: "x" },
      { recipients: numbers(1_001).map(to => ({ to })), text: "x" },
      { recipients },
      { recipients, text: "" },
      { recipients: [{ to: "15551112222", name: "x" }], text: "x" },
    ];
    for (const json of wrong) expectProblem(await bulk(session, json), 400, "validation_failed");
    const stranger = await door.tenant();
    expectProblem(await bulk(session, { recipients, text: "x" }, {}, stranger.key), 404, "not_found");
    await setStatus(door, tenant, session.id, "disconnected");
    expectProblem(await bulk(session, { recipients, text: "x" }), 409, "session_not_connected");
  });
});

describe("POST /api/messages/send-bulk with a file", () => {
  const base64 = Buffer.from("89504e470d0a1a0a", "hex").toString("base64");
  const recipients = [{ to: "15551110001", variables: { name: "Ana" } }, { to: "15551110002" }];

  it("gives it to everybody, with each one's caption, and keeps it once", async () => {
    const session = await linkedSession(door, tenant);
    const media = { type: "image", base64, mimetype: "image/png", caption: "Hello {{name}}" };
    const { status, body } = await bulk(session, { recipients, media });
    expect(status).toBe(202);
    expect(body).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: "missing_variable" }] });
    const query = { sessionId: session.id };
    const history = await door.ask("GET", "/api/messages/15551110001", { key: tenant.key, query });
    expect(history.body.data).toMatchObject([
      { type: "image", text: null, media: { caption: "Hello Ana", size: 8, status: "ready" }, priority: "low" },
    ]);
    const { chatId, id } = history.body.data[0];
    const found = await door.ask("GET", `/api/messages/${chatId}/${id}/media`, { key: tenant.key, query });
    expect(found.status).toBe(302);
  });

  it("needs no caption", async () => {
    const session = await linkedSession(door, tenant);
    const { body } = await bulk(session, { recipients, media: { type: "image", url: "https://example.com/a.png" } });
    expect(body).toMatchObject({ accepted: 2, rejected: [] });
  });

  it.each([
    ["that cannot be what it is called", { type: "sticker", base64, mimetype: "image/webp" }],
    ["at a private address", { type: "image", url: "https://10.0.0.1/a.png" }],
    ["given twice", { type: "image", url: "https://example.com/a.png", base64, mimetype: "image/png" }],
  ])("refuses one %s", async (_what, media) => {
    const session = await linkedSession(door, tenant);
    expectProblem(await bulk(session, { recipients, media }), 400, "validation_failed");
  });

  it("finds no upload of another tenant, and takes no text beside it", async () => {
    const session = await linkedSession(door, tenant);
    const other = await door.tenant();
    const json = { filename: "x.png", mimetype: "image/png", size: 8 };
    const { id: mediaId } = (await door.ask("POST", "/api/media", { key: other.key, json })).body;
    expectProblem(await bulk(session, { recipients, media: { type: "image", mediaId } }), 404, "not_found");
    const both = { recipients, text: "x", media: { type: "image", url: "https://example.com/a.png" } };
    expectProblem(await bulk(session, both), 400, "validation_failed");
  });
});
