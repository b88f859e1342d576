import { DeleteCommand, GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatOf } from "../../../domain/chat/chat.ts";
import { nameChat, touchChat } from "../../../domain/chat/chat-row.ts";
import { joinNames } from "../../../domain/chat/join.ts";
import { knownChats, noteChat } from "../../../domain/chat/known-chats.ts";
import { listChats } from "../../../domain/chat/listing.ts";
import { isoTime } from "../../../domain/clock.ts";
import { eventRow, sessionEvent } from "../../../domain/event/log.ts";
import { newId } from "../../../domain/id.ts";
import type { Jid } from "../../../domain/jid.ts";
import { changedMessage } from "../../../domain/message/change.ts";
import { changePayload, keepChangePayload, writeChange } from "../../../domain/message/change-store.ts";
import type { StoredMessage } from "../../../domain/message/message.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { findMessage, storeSeenMessage } from "../../../domain/message/store.ts";
import type { MessageChange } from "../../../domain/outbox/outbox.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { newSession } from "../../../domain/session/new-session.ts";
import type { Session } from "../../../domain/session/session.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";

const number: Jid = "5511987654321@s.whatsapp.net";
const lid: Jid = "77001122@lid";
const cursors = cursorsFor("key", []);
const dayMs = 86_400_000;

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

function sessionKeeping(retentionDays: number | null): Session {
  const nowMs = Date.now();
  return newSession({ id: newId("ses", nowMs), tenantId: newId("ten", nowMs), retentionDays }, 4, nowMs);
}

async function written(session: Session, name: Jid, atMs: number): Promise<StoredMessage> {
  const chat = await chatOf(aws.db, session, name);
  const fresh = { id: newId("msg", atMs), to: name, text: "Hi", priority: "normal", metadata: {} } as const;
  return outgoingText(session, chat, fresh, atMs);
}

/** A message of `writtenMs` that comes in at `atMs`. */
async function comesIn(session: Session, atMs: number, name = number, writtenMs = atMs): Promise<StoredMessage> {
  const own = await written(session, name, writtenMs);
  const message: StoredMessage = {
    ...own,
    direction: "inbound",
    status: "received",
    from: own.to,
    to: null,
    updatedAt: isoTime(atMs),
  };
  await storeSeenMessage(aws.db, { message, sender: name, event: undefined });
  return message;
}

const keyOf = (session: Session, name: Jid) => ({ pk: `${session.tenantId}#${session.id}`, sk: `chat#${name}` });

async function rowOf(session: Session, name = number) {
  const Key = keyOf(session, name);
  return (await aws.db.client.send(new GetCommand({ TableName: aws.db.table.chats, Key }))).Item;
}

async function expire(session: Session): Promise<void> {
  const Key = keyOf(session, number);
  await aws.db.client.send(new DeleteCommand({ TableName: aws.db.table.chats, Key }));
}

const listed = async (session: Session, nowMs: number) =>
  (await listChats(aws.db, session, { limit: 20, cursors, nowMs })).data.map(({ id, unreadCount }) => [
    id,
    unreadCount,
  ]);

async function change(message: StoredMessage, made: MessageChange, seen?: { waMessageId: string; sender: string }) {
  const before = await findMessage(aws.db, message);
  if (before === undefined) throw new Error("the message is not there");
  const nowMs = Date.now();
  const after = changedMessage(before, made, null, isoTime(nowMs));
  const session = { id: message.sessionId, tenantId: message.tenantId, metadata: {} };
  const cause = [newId("evt", nowMs)];
  const event = eventRow(sessionEvent(session, 1, { type: "message.read", cause, data: {} }, nowMs), nowMs);
  return writeChange(aws.db, { before, after, event, ...(seen && { seen }) });
}

describe("a chat of a tenant with a retention", () => {
  it("ends its days after the last thing that happened in it, whichever way that went", async () => {
    const session = sessionKeeping(7);
    const start = Date.now() - 3 * dayMs;
    const endAfter = (atMs: number) => Math.floor(atMs / 1_000) + 7 * 86_400;
    await comesIn(session, start);
    expect(await rowOf(session)).toMatchObject({ ttl: endAfter(start) });
    await touchChat(aws.db, await written(session, number, start + dayMs));
    expect(await rowOf(session)).toMatchObject({ ttl: endAfter(start + dayMs) });
    const newest = start + 2 * dayMs;
    await comesIn(session, newest, number, start - dayMs);
    expect(await rowOf(session)).toMatchObject({ ttl: endAfter(newest) });
    await touchChat(aws.db, await written(session, number, start));
    expect(await rowOf(session)).toMatchObject({ ttl: endAfter(newest) });
  });

  it("has no end while new messages are kept for good", async () => {
    const session = sessionKeeping(7);
    await comesIn(session, Date.now());
    await comesIn({ ...session, retentionDays: null }, Date.now());
    expect(await rowOf(session)).not.toHaveProperty("ttl");
    await comesIn(session, Date.now());
    expect(await rowOf(session)).toHaveProperty("ttl");
  });

  it("is listed until then, however long its row stays, and again with the next message", async () => {
    const session = sessionKeeping(7);
    const start = Date.now();
    await comesIn(session, start);
    const later = start + 7 * dayMs;
    expect(await listed(session, later - 2_000)).toEqual([[number, 1]]);
    expect(await listed(session, later)).toEqual([]);
    await expire(session);
    await comesIn(session, later);
    expect(await listed(session, later)).toEqual([[number, 1]]);
  });

  it("is not brought back by a reading, a name or a joining, and counts anew afterwards", async () => {
    const session = sessionKeeping(7);
    const message = await comesIn(session, Date.now());
    await expire(session);
    expect(await change(message, { kind: "read" })).toBe(true);
    expect(await findMessage(aws.db, message)).toMatchObject({ status: "read" });
    await nameChat(aws.db, message, "Ana", { overwrite: true });
    expect(await rowOf(session)).toBeUndefined();
    await joinNames(aws.db, session, { known: number, other: lid });
    expect(await listed(session, Date.now())).toEqual([]);
    await comesIn(session, Date.now());
    expect(await listed(session, Date.now())).toEqual([[number, 1]]);
  });

  it("counts a reading once, and says of a second one that it was written", async () => {
    const session = sessionKeeping(7);
    const [first] = [await comesIn(session, Date.now()), await comesIn(session, Date.now())];
    const seen = { waMessageId: newId("evt", Date.now()), sender: "me" };
    expect(await change(first, { kind: "read" }, seen)).toBe(true);
    expect(await change(first, { kind: "reaction", emoji: "x" }, seen)).toBe(false);
    expect(await listed(session, Date.now())).toEqual([[number, 1]]);
  });

  it("ends, as one of two names, with the newer of both", async () => {
    const session = sessionKeeping(7);
    const start = Date.now() - 3 * dayMs;
    await comesIn(session, start, number);
    await comesIn(session, start + dayMs, lid);
    const end = Math.floor((start + dayMs) / 1_000) + 7 * 86_400;
    await joinNames(aws.db, session, { known: number, other: lid });
    expect(await rowOf(session)).toMatchObject({ ttl: end });
    expect(await listed(session, start + 7 * dayMs + 1_000)).toEqual([[number, 1 + 1]]);
    await comesIn({ ...session, retentionDays: null }, start + 2 * dayMs, number);
    expect(await rowOf(session)).not.toHaveProperty("ttl");
    expect(await listed(session, (end + 1) * 1_000)).toEqual([[number, 2]]);
  });

  it("is still known, for the erasure of what may be left of it, when its row is gone", async () => {
    const session = sessionKeeping(7);
    await noteChat(aws.db, session, number);
    await comesIn(session, Date.now());
    await expire(session);
    expect(await Array.fromAsync(knownChats(aws.db, session))).toEqual([number]);
  });
});

describe("what is kept of a change", () => {
  it.each([7, null])("ends with the message it was made to, kept for %s days", async retentionDays => {
    const session = sessionKeeping(retentionDays);
    const message = await comesIn(session, Date.now());
    const stored = await findMessage(aws.db, message);
    if (stored === undefined) throw new Error("the message is not there");
    expect(stored.ttl === undefined).toBe(retentionDays === null);
    await keepChangePayload(aws.db, stored, "3EB0OURS", Buffer.from("payload"));
    expect(await changePayload(aws.db, session, "3EB0OURS")).toEqual(new Uint8Array(Buffer.from("payload")));
    await change(message, { kind: "reaction", emoji: "x" }, { waMessageId: "3EB0THEIRS", sender: "them" });
    const owner = `${session.tenantId}#${session.id}`;
    for (const pk of [`${owner}#wa#3EB0OURS`, `${owner}#wa#3EB0THEIRS`, `${owner}#${number}#changes`]) {
      const { Items = [] } = await aws.db.client.send(
        new QueryCommand({
          TableName: aws.db.table.messages,
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": pk },
        }),
      );
      expect(Items.length).toBeGreaterThan(0);
      for (const { ttl } of Items) expect(ttl).toBe(stored.ttl);
    }
  });
});
