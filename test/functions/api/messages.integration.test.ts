import { ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { joinNames } from "../../../domain/chat/join.ts";
import { Jid } from "../../../domain/jid.ts";
import { outboxHead } from "../../../domain/outbox/store.ts";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession, setStatus } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
let session: Session;
let foreign: Session;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
  [session, foreign] = [await linkedSession(door, tenant), await linkedSession(door, stranger)];
});
afterAll(() => door.close());

const send = (json: object, headers: Record<string, string> = {}) =>
  door.ask("POST", "/api/messages/send", {
    key: tenant.key,
    json: { sessionId: session.id, text: "Hi", ...json },
    headers,
  });
let lastNumber = 5511900000000;
const newNumber = () => String(++lastNumber);

describe("POST /api/messages/send", () => {
  it("answers 202 with the message, queued, and keeps it with its outbox row", async () => {
    const number = newNumber();
    const answer = await send({ to: `+${number}`, text: "Olá 👋", priority: "high", metadata: { order: 1 } });
    expect(answer.status).toBe(202);
    const jid = `${number}@s.whatsapp.net`;
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^msg_/),
      sessionId: session.id,
      chatId: jid,
      direction: "outbound",
      source: "api",
      type: "text",
      text: "Olá 👋",
      media: null,
      location: null,
      contacts: null,
      poll: null,
      event: null,
      choice: null,
      changeError: null,
      status: "queued",
      error: null,
      campaignId: null,
      quotedMessageId: null,
      from: { id: "5511988887777@s.whatsapp.net", phone: "+5511988887777", lid: "77001122@lid", name: "Acme" },
      to: { id: jid, phone: `+${number}`, lid: null, name: null },
      priority: "high",
      waMessageId: expect.stringMatching(/^3EB0[0-9A-F]{18}$/),
      metadata: { order: 1 },
      mentions: [],
      reactions: [],
      referral: null,
      editedAt: null,
      deletedAt: null,
      createdAt: expect.any(String),
      updatedAt: answer.body.createdAt,
    });
    const { id: messageId, waMessageId } = answer.body;
    const lane = await outboxHead(door.aws.db, session, "high", 10);
    expect(lane).toMatchObject([{ type: "message.send", messageId, waMessageId, to: jid, chatKey: jid, attempts: 0 }]);
    const query = { sessionId: session.id };
    const one = await door.ask("GET", `/api/messages/${number}/${messageId}`, { key: tenant.key, query });
    expect(one.body).toEqual({ ...answer.body, timeline: [{ status: "queued", at: answer.body.createdAt }] });
  });

  it("takes a number with or without +, a LID and a group as recipient", async () => {
    const number = newNumber();
    for (const [to, chatId] of [
      [number, `${number}@s.whatsapp.net`],
      ["123456789012345@lid", "123456789012345@lid"],
      ["120363000000000001@g.us", "120363000000000001@g.us"],
    ]) {
      expect(await send({ to })).toMatchObject({ status: 202, body: { chatId, to: { id: chatId } } });
    }
  });

  it("queues messages of one priority in the order they were accepted", async () => {
    const ordered = await linkedSession(door, tenant);
    const ids: string[] = [];
    for (let nth = 0; nth < 5; nth++) {
      ids.push((await send({ sessionId: ordered.id, to: newNumber(), text: `${nth}` })).body.id);
    }
    const rows = await outboxHead(door.aws.db, ordered, "normal", 10);
    expect(rows.map(row => row.type === "message.send" && row.messageId)).toEqual(ids);
  });

  it.each([
    ["no recipient", { to: undefined }, ["body.to"]],
    ["a recipient that is none", { to: "call me" }, ["body.to"]],
    ["an empty text", { text: "" }, ["body.text"]],
    ["a text too long", { text: "x".repeat(65_537) }, ["body.text"]],
    ["an unknown priority and field", { priority: "urgent", quotedId: "x" }, ["body.priority", "body.quotedId"]],
    ["metadata too large", { metadata: { a: "x".repeat(5_000) } }, ["body.metadata"]],
  ])("answers 400 to %s", async (_what, json, paths) => {
    const answer = expectProblem(await send({ to: newNumber(), ...json }), 400, "validation_failed");
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(paths);
  });

  it("accepts while the session reconnects, and answers 409 when it is unlinked or will not come back", async () => {
    const fickle = await linkedSession(door, tenant);
    const to = newNumber();
    await setStatus(door, tenant, fickle.id, "connecting");
    expect((await send({ sessionId: fickle.id, to })).status).toBe(202);
    await setStatus(door, tenant, fickle.id, "disconnected");
    expectProblem(await send({ sessionId: fickle.id, to }), 409, "session_not_connected");
    const fresh = await door.ask("POST", "/api/sessions", { key: tenant.key, json: {} });
    expectProblem(await send({ sessionId: fresh.body.id, to }), 409, "session_not_connected");
  });

  it("answers the same 404 to an unknown session and another tenant's", async () => {
    const ids = [foreign.id, "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB"];
    const answers = await Promise.all(ids.map(sessionId => send({ sessionId, to: newNumber() })));
    for (const answer of answers) expectProblem(answer, 404, "not_found");
    expect({ ...answers[0]?.body, requestId: "" }).toEqual({ ...answers[1]?.body, requestId: "" });
  });

  it("publishes message.queued with the message as data", async () => {
    const { body: message } = await send({ to: newNumber() });
    const { Items } = await door.aws.db.client.send(new ScanCommand({ TableName: door.aws.db.table.events }));
    const rows = (Items ?? []).filter(item => item.event.data.id === message.id);
    expect(rows).toHaveLength(1);
    expect(rows[0]?.event).toMatchObject({ type: "message.queued", sessionId: session.id, data: message });
    expect(rows[0]?.unpublishedPk).toBeUndefined();
  });
});

describe("POST /api/messages/send with an Idempotency-Key", () => {
  it("makes exactly one message under 100 concurrent calls, and replays it to whoever comes later", async () => {
    const crowd = await linkedSession(door, tenant);
    const asked = { sessionId: crowd.id, to: newNumber() };
    const calls = Array.from({ length: 100 }, () => send(asked, { "Idempotency-Key": "one message" }));
    const answers = await Promise.all(calls);
    // On a machine that is busy with other things some may run out of time, which says nothing of the message.
    for (const refused of answers.filter(({ status }) => status !== 202 && status !== 503)) {
      expectProblem(refused, 409, "idempotency_in_progress");
    }
    const later = await send(asked, { "Idempotency-Key": "one message" });
    expect(later.headers["Idempotent-Replayed"]).toBe("true");
    const ids = answers.filter(({ status }) => status === 202).map(({ body }) => body.id);
    expect(new Set([...ids, later.body.id]).size).toBe(1);
    expect(await outboxHead(door.aws.db, crowd, "normal", 10)).toHaveLength(1);
  }, 60_000);

  it("answers 422 to another body under the same key, but 404 first where that body names an unknown id", async () => {
    const headers = { "Idempotency-Key": "two bodies" };
    const to = newNumber();
    expect((await send({ to }, headers)).status).toBe(202);
    expectProblem(await send({ to, text: "other" }, headers), 422, "idempotency_key_reused");
    expectProblem(await send({ to, sessionId: foreign.id }, headers), 404, "not_found");
  });

  it("keeps a 400, so that the same mistake gets the same answer", async () => {
    const headers = { "Idempotency-Key": "a mistake" };
    const first = expectProblem(await send({ to: "nobody" }, headers), 400, "validation_failed");
    const again = await send({ to: "nobody" }, headers);
    expect(again).toMatchObject({ status: 400, body: first.body });
    expect(again.headers).toMatchObject({ "Idempotent-Replayed": "true", "Content-Type": "application/problem+json" });
  });

  it("frees the key after a 409, a 404 and a bad header", async () => {
    const waiting = await linkedSession(door, tenant);
    const headers = { "Idempotency-Key": "freed" };
    const asked = { sessionId: waiting.id, to: newNumber() };
    await setStatus(door, tenant, waiting.id, "disconnected");
    expectProblem(await send(asked, headers), 409, "session_not_connected");
    expectProblem(await send({ ...asked, sessionId: foreign.id }, headers), 404, "not_found");
    expectProblem(await send(asked, { ...headers, "X-API-Version": "1" }), 400, "validation_failed");
    await setStatus(door, tenant, waiting.id, "connected");
    expect((await send(asked, headers)).status).toBe(202);
  });

  it("answers the message of a run that crashed after accepting it, rather than accepting another", async () => {
    const crashing = await linkedSession(door, tenant);
    const asked = { sessionId: crashing.id, to: newNumber() };
    const headers = { "Idempotency-Key": "a crash" };
    const { body: first } = await send(asked, headers);
    // What a Lambda leaves behind that stops before it keeps its answer, once its lease is over.
    await door.aws.db.client.send(
      new UpdateCommand({
        TableName: door.aws.db.table.idempotency,
        Key: { pk: `${tenant.id}#["sendMessage"]`, sk: "a crash" },
        UpdateExpression: "SET leaseUntilMs = :past REMOVE answer",
        ConditionExpression: "attribute_exists(answer)",
        ExpressionAttributeValues: { ":past": Date.now() - 1 },
      }),
    );
    const again = await send(asked, headers);
    expect(again).toMatchObject({ status: 202, body: first });
    expect(again.headers["Idempotent-Replayed"]).toBeUndefined();
    expect(await outboxHead(door.aws.db, crashing, "normal", 10)).toHaveLength(1);
  });

  it("is per tenant and per route", async () => {
    const headers = { "Idempotency-Key": "shared word" };
    const to = newNumber();
    const mine = await send({ to }, headers);
    const json = { sessionId: foreign.id, to, text: "Hi" };
    const theirs = await door.ask("POST", "/api/messages/send", { key: stranger.key, json, headers });
    const elsewhere = await door.ask("POST", "/api/sessions", { key: tenant.key, json: {}, headers });
    expect([mine.status, theirs.status, elsewhere.status]).toEqual([202, 202, 201]);
    expect(theirs.headers["Idempotent-Replayed"]).toBeUndefined();
  });

  it.each(["", "x".repeat(256), "tab\there", "ключ"])("refuses the key %j", async key => {
    const answer = expectProblem(await send({ to: newNumber() }, { "Idempotency-Key": key }), 400, "validation_failed");
    expect(answer.body.errors[0].path).toBe("headers.Idempotency-Key");
  });
});

describe("GET /api/messages/:chatId", () => {
  it("lists a chat newest first, page by page, under any of its names", async () => {
    const number = newNumber();
    const lid = `${number}1@lid`;
    await joinNames(door.aws.db, session, { known: Jid.parse(`${number}@s.whatsapp.net`), other: Jid.parse(lid) });
    const ids: string[] = [];
    for (const to of [number, lid, `+${number}`]) ids.unshift((await send({ to })).body.id);
    for (const chatId of [number, `+${number}`, `${number}@s.whatsapp.net`, `${number}%40s.whatsapp.net`, lid]) {
      const query = { sessionId: session.id };
      const { body } = await door.ask("GET", `/api/messages/${chatId}`, { key: tenant.key, query });
      expect(body.data.map(({ id }: { id: string }) => id).sort()).toEqual([...ids].sort());
      expect(new Set(body.data.map(({ chatId: id }: { chatId: string }) => id))).toEqual(
        new Set([`${number}@s.whatsapp.net`]),
      );
    }
    const query = { sessionId: session.id, limit: "2" };
    const first = await door.ask("GET", `/api/messages/${number}`, { key: tenant.key, query });
    const cursor = first.body.nextCursor;
    const second = await door.ask("GET", `/api/messages/${number}`, { key: tenant.key, query: { ...query, cursor } });
    expect([first.body.data.length, second.body.data.length, second.body.nextCursor]).toEqual([2, 1, null]);
    const elsewhere = await door.ask("GET", `/api/messages/${newNumber()}`, {
      key: tenant.key,
      query: { ...query, cursor },
    });
    expectProblem(elsewhere, 400, "validation_failed");
  });

  it("answers an empty list for a chat without messages, and 404 for what can be no chat", async () => {
    const query = { sessionId: session.id };
    expect(await door.ask("GET", `/api/messages/${newNumber()}`, { key: tenant.key, query })).toMatchObject({
      status: 200,
      body: { data: [], nextCursor: null },
    });
    expectProblem(await door.ask("GET", "/api/messages/someone", { key: tenant.key, query }), 404, "not_found");
  });

  it("wants a session, and answers 404 to another tenant's", async () => {
    expectProblem(await door.ask("GET", `/api/messages/${newNumber()}`, { key: tenant.key }), 400, "validation_failed");
    const query = { sessionId: foreign.id, limit: "0", junk: "1" };
    expectProblem(await door.ask("GET", `/api/messages/${newNumber()}`, { key: tenant.key, query }), 404, "not_found");
  });
});

describe("GET /api/messages/:chatId/:messageId", () => {
  it("answers 404 to a message of another chat, another session and another tenant", async () => {
    const to = newNumber();
    const { body: message } = await send({ to });
    const second = await linkedSession(door, tenant);
    const at = (chat: string, id: string, sessionId: string, key = tenant.key) =>
      door.ask("GET", `/api/messages/${chat}/${id}`, { key, query: { sessionId } });
    expect((await at(to, message.id, session.id)).status).toBe(200);
    for (const answer of [
      await at(newNumber(), message.id, session.id),
      await at(to, message.id, second.id),
      await at(to, message.id, foreign.id),
      await at(to, message.id, session.id, stranger.key),
      await at(to, "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB", session.id),
      await at(to, message.waMessageId, session.id),
    ]) {
      expectProblem(answer, 404, "not_found");
    }
  });
});
