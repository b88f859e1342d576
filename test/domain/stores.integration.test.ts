import { DeleteCommand, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatByName, chatOf } from "../../domain/chat/chat.ts";
import { joinNames } from "../../domain/chat/join.ts";
import { isoTime } from "../../domain/clock.ts";
import { transact } from "../../domain/dynamodb/transaction.ts";
import { listEvents } from "../../domain/event/listing.ts";
import { confirmPublished, eventRow, putEventRow, sessionEvent } from "../../domain/event/log.ts";
import { republish, snsTopic } from "../../domain/event/publisher.ts";
import { newId } from "../../domain/id.ts";
import { Jid, personOf } from "../../domain/jid.ts";
import { storeHistory } from "../../domain/message/history-store.ts";
import { newWaMessageId, type StoredMessage } from "../../domain/message/message.ts";
import {
  acceptMessage,
  advanceMessage,
  findMessage,
  findOutbound,
  keepPayload,
  listMessages,
  storeSeenMessage,
} from "../../domain/message/store.ts";
import type { MessageSend } from "../../domain/outbox/outbox.ts";
import { newOutboxRow, outboxHead, sessionsWithWork } from "../../domain/outbox/store.ts";
import { cursorsFor } from "../../domain/page.ts";
import { nextSequence } from "../../domain/session/sequence.ts";
import { defaultLimits, type Session } from "../../domain/session/session.ts";
import {
  changeSessionStatus,
  createSession,
  deleteSession,
  findSession,
  listSessions,
  SessionQuotaExceeded,
  sessionsOfShard,
} from "../../domain/session/store.ts";
import { type EmulatedAws, emulatedAws } from "../emulated-aws.ts";

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

const cursors = cursorsFor("a key", ["listing"]);
const newTenant = () => newId("ten", Date.now());

function newSession(tenantId = newTenant(), shard = 1): Session {
  const now = Date.now();
  return {
    id: newId("ses", now),
    tenantId,
    shard,
    name: "Support",
    metadata: { team: "blue" },
    limits: defaultLimits,
    status: "starting",
    linked: false,
    qr: null,
    pairingCode: null,
    phone: null,
    lastDisconnect: null,
    restricted: null,
    lastInboundAt: null,
    statuses: [{ status: "starting", at: isoTime(now) }],
    createdAt: isoTime(now),
    connectedAt: null,
    epoch: 0,
  };
}

async function eventOf(session: Session, cause: string, nowMs = Date.now()) {
  const sequence = await nextSequence(aws.db, session);
  const fresh = { type: "session.status", cause: [cause], data: { cause } } as const;
  return eventRow(sessionEvent(session, sequence, fresh, nowMs), nowMs);
}

async function createdSession(tenantId = newTenant(), shard = 1): Promise<Session> {
  const session = newSession(tenantId, shard);
  await createSession(aws.db, session, await eventOf(session, "created"), null);
  return session;
}

function outbound(session: Session, to: Jid, text: string): StoredMessage {
  const at = isoTime(Date.now());
  return {
    id: newId("msg", Date.now()),
    tenantId: session.tenantId,
    sessionId: session.id,
    chatKey: to,
    chatId: to,
    direction: "outbound",
    source: "api",
    type: "text",
    text,
    media: null,
    status: "queued",
    error: null,
    campaignId: null,
    quotedMessageId: null,
    from: null,
    to: personOf({ jid: to }),
    priority: "normal",
    waMessageId: newWaMessageId(),
    metadata: {},
    createdAt: at,
    updatedAt: at,
    timeline: [{ status: "queued", at }],
  };
}

async function accepted(session: Session, to: Jid, text: string) {
  const message = outbound(session, to, text);
  const sequence = await nextSequence(aws.db, session);
  const row: MessageSend = {
    ...newOutboxRow(session, "normal", sequence, message.createdAt),
    type: "message.send",
    messageId: message.id,
    chatKey: message.chatKey,
    to,
    waMessageId: message.waMessageId,
  };
  await acceptMessage(aws.db, { message, row, event: await eventOf(session, `queued ${message.id}`) });
  return { message, row };
}

const friend = Jid.parse("15551112222@s.whatsapp.net");
const friendLid = Jid.parse("915551112222@lid");

describe("sessions", () => {
  it("are refused beyond the plan's number, exactly, however many ask at once", async () => {
    const tenantId = newTenant();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, async () => {
        const session = newSession(tenantId);
        await createSession(aws.db, session, await eventOf(session, "created"), 3);
      }),
    );
    expect(tries.filter(({ status }) => status === "fulfilled")).toHaveLength(3);
    for (const tried of tries) {
      if (tried.status === "rejected") expect(tried.reason).toBeInstanceOf(SessionQuotaExceeded);
    }
    const [one] = (await listSessions(aws.db, tenantId, { limit: 10, cursors })).data;
    if (one === undefined) throw new Error("no session was stored");
    expect(await deleteSession(aws.db, one, await eventOf(one, "deleted"), [])).toBe(true);
    expect(await deleteSession(aws.db, one, await eventOf(one, "deleted again"), [])).toBe(false);
    const again = newSession(tenantId);
    await createSession(aws.db, again, await eventOf(again, "created"), 3);
  });

  it("are listed newest first, page by page, each once", async () => {
    const tenantId = newTenant();
    const made = [];
    for (let count = 0; count < 5; count++) made.unshift((await createdSession(tenantId)).id);
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listSessions(aws.db, tenantId, { limit: 2, cursor, cursors });
      listed.push(...page.data.map(session => session.id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(listed).toEqual(made.sort().reverse());
  });

  it("never take an older epoch's word over a newer one's", async () => {
    const session = await createdSession();
    const change = { session, fields: {}, nowMs: Date.now(), events: [] };
    expect(await changeSessionStatus(aws.db, { ...change, status: "connecting", epoch: 5 })).toBeDefined();
    expect(await changeSessionStatus(aws.db, { ...change, status: "disconnected", epoch: 4 })).toBeUndefined();
    expect((await findSession(aws.db, session.tenantId, session.id))?.status).toBe("connecting");
  });

  it("are found by their shard for as long as they want a connection", async () => {
    const session = await createdSession(newTenant(), 3);
    const ofShard = async () => (await Array.fromAsync(sessionsOfShard(aws.db, 3))).map(found => found.sessionId);
    expect(await ofShard()).toContain(session.id);
    const change = { session, fields: {}, nowMs: Date.now(), events: [], epoch: 1 };
    await changeSessionStatus(aws.db, { ...change, status: "disconnected" });
    expect(await ofShard()).not.toContain(session.id);
    await changeSessionStatus(aws.db, { ...change, status: "starting" });
    expect(await ofShard()).toContain(session.id);
  });
});

describe("messages", () => {
  it("are accepted whole: message, pointer, outbox row and event", async () => {
    const session = await createdSession();
    const { message, row } = await accepted(session, friend, "hello");
    expect(await findMessage(aws.db, { ...message })).toEqual(message);
    expect((await findOutbound(aws.db, session, message.waMessageId))?.id).toBe(message.id);
    expect(await outboxHead(aws.db, session, "normal", 10)).toEqual([row]);
  });

  it("keep the first payload, whatever a second try would have sent", async () => {
    const session = await createdSession();
    const { message } = await accepted(session, friend, "hello");
    expect(await keepPayload(aws.db, message, Buffer.from("first"))).toEqual(new Uint8Array(Buffer.from("first")));
    expect(await keepPayload(aws.db, message, Buffer.from("second"))).toEqual(new Uint8Array(Buffer.from("first")));
  });

  it("move forward once, with the event, and end their outbox row in the same step", async () => {
    const session = await createdSession();
    const { message, row } = await accepted(session, friend, "hello");
    const at = isoTime(Date.now());
    const step = { message, error: null, at, event: undefined, endsRow: undefined };
    expect(await advanceMessage(aws.db, { ...step, status: "sent", endsRow: row })).toBe(true);
    expect(await outboxHead(aws.db, session, "normal", 10)).toEqual([]);
    expect(await advanceMessage(aws.db, { ...step, status: "read" })).toBe(true);
    expect(await advanceMessage(aws.db, { ...step, status: "delivered" })).toBe(false);
    expect(await advanceMessage(aws.db, { ...step, status: "failed" })).toBe(false);
    const stored = await findMessage(aws.db, message);
    expect(stored?.status).toBe("read");
    expect(stored?.timeline.map(entry => entry.status)).toEqual(["queued", "sent", "read"]);
  });

  it("that came from WhatsApp are stored once, however often they are seen", async () => {
    const session = await createdSession();
    const message: StoredMessage = { ...outbound(session, friend, "hi"), direction: "inbound", status: "received" };
    const again: StoredMessage = { ...message, id: newId("msg", Date.now()) };
    expect(await storeSeenMessage(aws.db, { message, sender: friendLid, event: undefined })).toBe(true);
    expect(await storeSeenMessage(aws.db, { message: again, sender: friendLid, event: undefined })).toBe(false);
    const page = await listMessages(aws.db, message, chatByName(friend), { limit: 10, cursors });
    expect(page.data.map(({ id }) => id)).toEqual([message.id]);
  });

  it("are listed newest first, page by page, each once", async () => {
    const session = await createdSession();
    const sent: string[] = [];
    for (const text of ["one", "two", "three"]) {
      const { message } = await accepted(session, friend, text);
      sent.unshift(message.id);
    }
    const owner = { tenantId: session.tenantId, sessionId: session.id };
    const chat = chatByName(friend);
    const first = await listMessages(aws.db, owner, chat, { limit: 2, cursors });
    const second = await listMessages(aws.db, owner, chat, {
      limit: 2,
      cursors,
      cursor: first.nextCursor ?? undefined,
    });
    const listed = [...first.data, ...second.data].map(({ id }) => id);
    expect(listed).toEqual(sent.sort().reverse());
    expect(second.nextCursor).toBeNull();
  });
});

describe("the outbox", () => {
  it("names each session with work once, however long its backlog", async () => {
    const shard = 2;
    const [first, second] = [await createdSession(newTenant(), shard), await createdSession(newTenant(), shard)];
    for (let count = 0; count < 5; count++) await accepted(first, friend, `text ${count}`);
    await accepted(second, friend, "text");
    const waiting = await Array.fromAsync(sessionsWithWork(aws.db, shard));
    expect(waiting.map(({ sessionId }) => sessionId).sort()).toEqual([first.id, second.id].sort());
  });
});

describe("chats", () => {
  it("are one chat under a LID and a number, whichever was heard first", async () => {
    const session = await createdSession();
    expect(await chatOf(aws.db, session, friendLid)).toEqual(chatByName(friendLid));
    const message: StoredMessage = { ...outbound(session, friendLid, "hi"), direction: "inbound", status: "received" };
    await storeSeenMessage(aws.db, { message, sender: friendLid, event: undefined });
    await joinNames(aws.db, session, { known: friend, other: friendLid });
    await joinNames(aws.db, session, { known: friend, other: friendLid });
    expect(await chatOf(aws.db, session, friend)).toMatchObject({ key: friendLid, id: friend });
    expect(await chatOf(aws.db, session, friendLid)).toMatchObject({ key: friendLid, id: friend });

    const other = await createdSession();
    await joinNames(aws.db, other, { known: friend, other: friendLid });
    expect(await chatOf(aws.db, other, friendLid)).toMatchObject({ key: friend, id: friend });
  });
});

describe("the event log", () => {
  it("is read in order by cursor, skips nothing, and its last cursor finds what comes later", async () => {
    const session = await createdSession();
    const start = Date.now();
    const write = async (cause: string, atMs: number) =>
      transact(aws.db, [putEventRow(aws.db, await eventOf(session, cause, atMs))]);
    for (let count = 0; count < 5; count++) await write(`${count}`, start - 10_000 + count);
    await write("too young", start - 1_000);
    const causes: unknown[] = [];
    const read = async (nowMs: number, cursor?: string) => {
      const page = await listEvents(aws.db, session.tenantId, { limit: 2, cursor, cursors, nowMs });
      causes.push(...page.data.map(event => event.data.cause));
      return page.nextCursor ?? undefined;
    };
    let last: string | undefined;
    for (let cursor = await read(start); cursor !== undefined; cursor = await read(start, cursor)) last = cursor;
    expect(causes).toEqual(["0", "1", "2", "3", "4"]);
    await read(start + 10_000, last);
    expect(causes.slice(5)).toEqual(["too young", "created"]);
  });

  it("tells a session's events in the order of their sequence, also where they are written together", async () => {
    const session = await createdSession();
    const [start, causes] = [Date.now(), ["a", "b", "c", "d", "e", "f"]];
    const rows = [];
    for (const cause of causes) rows.push(await eventOf(session, cause, start - 10_000));
    await transact(
      aws.db,
      rows.map(row => putEventRow(aws.db, row)),
    );
    const page = await listEvents(aws.db, session.tenantId, { limit: 10, cursors, nowMs: start });
    expect(page.data.map(event => event.data.cause)).toEqual(causes);
  });

  it("holds thirty days, also for a reader whose cursor is older", async () => {
    const session = await createdSession();
    const [nowMs, dayMs] = [Date.now() + 10_000, 86_400_000];
    for (const days of [31, 29]) {
      await transact(aws.db, [putEventRow(aws.db, await eventOf(session, `${days}`, nowMs - days * dayMs))]);
    }
    const cursor = cursors.seal({ after: String(nowMs - 400 * dayMs).padStart(14, "0") });
    const page = await listEvents(aws.db, session.tenantId, { limit: 10, cursor, cursors, nowMs });
    expect(page.data.map(event => event.data.cause)).toEqual(["29", "created"]);
  });

  it("moves an event that was confirmed too late behind what readers have passed", async () => {
    const session = await createdSession();
    const writtenMs = Date.now() - 60_000;
    const row = await eventOf(session, "stopped writer", writtenMs);
    await transact(aws.db, [putEventRow(aws.db, row)]);
    expect(await confirmPublished(aws.db, row, Date.now)).toBe(true);
    expect(await confirmPublished(aws.db, row, Date.now)).toBe(false);
    const page = await listEvents(aws.db, session.tenantId, { limit: 10, cursors, nowMs: Date.now() + 10_000 });
    const found = page.data.filter(event => event.id === row.event.id);
    expect(found).toHaveLength(1);
    const old = await aws.db.client.send(
      new GetCommand({ TableName: aws.db.table.events, Key: { pk: row.pk, sk: row.sk } }),
    );
    expect(old.Item).toBeUndefined();
  });

  it("moves an event again whose moving took too long itself", async () => {
    const session = await createdSession();
    const writtenMs = Date.now() - 60_000;
    const row = await eventOf(session, "stopped twice", writtenMs);
    await transact(aws.db, [putEventRow(aws.db, row)]);
    const clock = [10_000, 10_000, 20_000, 20_000, 20_001].map(afterMs => writtenMs + afterMs);
    expect(await confirmPublished(aws.db, row, () => clock.shift() ?? 0)).toBe(true);
    expect(clock).toEqual([]);
    const { sk } = eventRow(row.event, writtenMs + 20_000);
    const { Items: items = [] } = await aws.db.client.send(
      new QueryCommand({
        TableName: aws.db.table.events,
        IndexName: "byId",
        KeyConditionExpression: "id = :id",
        ExpressionAttributeValues: { ":id": row.event.id },
      }),
    );
    expect(items).toMatchObject([{ sk }]);
    expect(items[0]?.unpublishedPk).toBeUndefined();
  });

  it("publishes again what a crash left unpublished, once", async () => {
    const session = await createdSession();
    const row = await eventOf(session, "left behind", Date.now() - 60_000);
    await transact(aws.db, [putEventRow(aws.db, row)]);
    const published: string[] = [];
    const topic = { publish: async ({ event }: { event: { id: string } }) => void published.push(event.id) };
    const options = { olderThanMs: 30_000, limit: 100, now: Date.now };
    await republish(topic, aws.db, options);
    await republish(topic, aws.db, options);
    expect(published.filter(id => id === row.event.id)).toHaveLength(1);
    await aws.db.client.send(new DeleteCommand({ TableName: aws.db.table.events, Key: { pk: row.pk, sk: row.sk } }));
  });
});

describe("publishing what was left behind", () => {
  const options = { olderThanMs: 30_000, limit: 100, now: Date.now };
  const leftBehind = async (cause: string) => {
    const row = await eventOf(await createdSession(), cause, Date.now() - 60_000);
    await transact(aws.db, [putEventRow(aws.db, row)]);
    return row.event.id;
  };

  it("is not kept back by an event that cannot be published, which is told of and tried again", async () => {
    const ids = await Promise.all(Array.from({ length: 20 }, (_, count) => leftBehind(`${count}`)));
    let refused = true;
    const published = new Set<string>();
    const publish = async ({ event }: { event: { id: string } }) => {
      if (refused && event.id === ids[0]) throw new Error("the topic does not take this one");
      published.add(event.id);
    };
    await expect(republish({ publish }, aws.db, options)).rejects.toBeInstanceOf(AggregateError);
    expect([...published]).toEqual(expect.arrayContaining(ids.slice(1)));
    refused = false;
    await republish({ publish }, aws.db, options);
    expect(published).toContain(ids[0]);
  });

  it("gives up an event that no topic carries, which is in the log all the same", async () => {
    const session = await createdSession();
    const row = await eventOf(session, "\u0001".repeat(65_536), Date.now() - 60_000);
    await transact(aws.db, [putEventRow(aws.db, row)]);
    const topic = snsTopic(aws.environment.EVENT_TOPIC_ARN ?? "");
    await expect(republish(topic, aws.db, options)).rejects.toBeInstanceOf(AggregateError);
    expect(await republish(topic, aws.db, options)).toBe(0);
    const page = await listEvents(aws.db, session.tenantId, { limit: 10, cursors, nowMs: Date.now() + 10_000 });
    expect(page.data.map(({ id }) => id)).toContain(row.event.id);
  });
});

describe("messages of the past", () => {
  it("are one with what came live, whichever is stored first, and leave what is there as it is", async () => {
    const session = await createdSession();
    const peer = Jid.parse("15557770001@s.whatsapp.net");
    const sender = "4242@lid";
    const inbound = (text: string): StoredMessage => ({
      ...outbound(session, peer, text),
      direction: "inbound",
      source: "phone",
      status: "received",
    });
    const again = (message: StoredMessage): StoredMessage => ({
      ...message,
      id: newId("msg", Date.now()),
      status: "read",
    });
    const live = inbound("live");
    const past = inbound("past");
    const { message: own } = await accepted(session, peer, "own");
    expect(await storeSeenMessage(aws.db, { message: live, sender, event: undefined })).toBe(true);
    const history = [again(live), past, again(own)].map(message => ({ message, sender }));
    expect(await storeHistory(aws.db, history)).toBe(1);
    expect(await storeHistory(aws.db, history)).toBe(0);
    expect(await storeSeenMessage(aws.db, { message: again(past), sender, event: undefined })).toBe(false);
    const owner = { tenantId: session.tenantId, sessionId: session.id };
    const { data } = await listMessages(aws.db, owner, chatByName(peer), { limit: 10, cursors });
    expect(data.map(({ text, status }) => [text, status]).sort()).toEqual([
      ["live", "received"],
      ["own", "queued"],
      ["past", "received"],
    ]);
  });
});
