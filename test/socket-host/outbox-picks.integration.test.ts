import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isoTime } from "../../domain/clock.ts";
import { transact } from "../../domain/dynamodb/transaction.ts";
import { type Id, newId } from "../../domain/id.ts";
import { newWaMessageId } from "../../domain/message/message.ts";
import type { MessageSend, Priority } from "../../domain/outbox/outbox.ts";
import { newOutboxRow, putOutboxRow } from "../../domain/outbox/store.ts";
import { nextToSend, type PickOptions, queuedMessages } from "../../socket-host/outbox-picks.ts";
import { type EmulatedAws, emulatedAws } from "../emulated-aws.ts";
import { jidOf } from "./host-stage.ts";

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

const nowMs = Date.parse("2026-05-01T12:00:00.000Z");
const nowIso = isoTime(nowMs);
const chat = (place: number) => jidOf(String(5511900000500 + place));

/** An outbox of its own, filled in order: the chat, the priority, and how long from now it may be tried. */
async function outboxOf(
  ...messages: [chatKey: string, priority: Priority, notBeforeMs?: number, campaignId?: Id<"cmp">][]
) {
  const session = { tenantId: newId("ten", nowMs), id: newId("ses", nowMs), shard: 1 };
  const rows = messages.map(([to, priority, waitMs, campaignId], place): MessageSend => {
    const row = newOutboxRow(session, priority, place + 1, nowIso);
    const notBefore = waitMs === undefined ? null : isoTime(nowMs + waitMs);
    const message = { messageId: newId("msg", nowMs), chatKey: to, to: chat(0), waMessageId: newWaMessageId() };
    return { ...row, ...message, type: "message.send", notBefore, campaignId };
  });
  for (let start = 0; start < rows.length; start += 100) {
    const items = rows.slice(start, start + 100).map(row => putOutboxRow(aws.db, row));
    await transact(aws.db, items);
  }
  const placesOf = (picked: readonly Pick<MessageSend, "messageId">[]) =>
    picked.map(row => rows.findIndex(one => one.messageId === row.messageId));
  const next = async (count: number, busy: string[] = [], more: Partial<PickOptions> = {}) => {
    const usual = { busy: new Set(busy), count, nowIso, isCampaignBusy: false, isWaiting: () => true };
    return placesOf((await nextToSend(aws.db, session, { ...usual, ...more })).rows);
  };
  return { session, next, placesOf };
}

describe("what is sent next", () => {
  it("is high before normal before low, and in the order of acceptance", async () => {
    const outbox = await outboxOf([chat(1), "low"], [chat(2), "normal"], [chat(3), "normal"], [chat(4), "high"]);
    expect(await outbox.next(8)).toEqual([3, 1, 2, 0]);
    expect(await outbox.next(2)).toEqual([3, 1]);
  });

  it("is what was postponed on an earlier connection, in its place", async () => {
    const outbox = await outboxOf([chat(1), "normal", 1], [chat(1), "normal"]);
    expect(await outbox.next(8, [], { isWaiting: () => false })).toEqual([0]);
  });

  it("is one message of a chat at a time", async () => {
    const outbox = await outboxOf([chat(1), "normal"], [chat(1), "normal"], [chat(2), "normal"], [chat(1), "high"]);
    expect(await outbox.next(8)).toEqual([3, 2]);
    expect(await outbox.next(8, [chat(1)])).toEqual([2]);
  });

  it("is not what was postponed, nor what came behind it in its chat and priority; everybody else goes on", async () => {
    const outbox = await outboxOf([chat(1), "normal", 1], [chat(1), "normal"], [chat(2), "normal"], [chat(1), "low"]);
    expect(await outbox.next(8)).toEqual([2, 3]);
    const due = await outboxOf([chat(1), "normal", 0], [chat(1), "normal"]);
    expect(await due.next(8)).toEqual([0]);
  });

  it("is found behind hundreds of messages that wait for their chat", async () => {
    const waiting = Array.from({ length: 300 }, (): [string, Priority] => [chat(1), "normal"]);
    const outbox = await outboxOf(...waiting, [chat(2), "normal"]);
    expect(await outbox.next(8, [chat(1)])).toEqual([300]);
  });

  it("is one message of campaigns at a time, behind whatever was asked for by itself", async () => {
    const [one, other] = [newId("cmp", nowMs), newId("cmp", nowMs)];
    const outbox = await outboxOf(
      ...[one, one, other].map((id, place): [string, Priority, number, Id<"cmp">] => [chat(place), "low", 0, id]),
      [chat(7), "low"],
      [chat(8), "normal"],
    );
    expect(await outbox.next(8)).toEqual([4, 0, 3]);
    expect(await outbox.next(8, [chat(0)], { isCampaignBusy: true })).toEqual([4, 3]);
  });

  it("is nothing where nothing waits", async () => {
    expect(await (await outboxOf()).next(8)).toEqual([]);
  });
});

describe("all that waits", () => {
  it("is read to the end, also while rows are taken out", async () => {
    const outbox = await outboxOf(
      ...Array.from({ length: 60 }, (_, place): [string, Priority] => [chat(place), "low"]),
    );
    const seen: Pick<MessageSend, "messageId">[] = [];
    for await (const row of queuedMessages(aws.db, outbox.session)) {
      seen.push(row);
      const pk = `${row.tenantId}#${row.sessionId}`;
      await transact(aws.db, [{ Delete: { TableName: aws.db.table.outbox, Key: { pk, sk: row.key } } }]);
    }
    expect(outbox.placesOf(seen)).toEqual(Array.from({ length: 60 }, (_, place) => place));
  });
});
