import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { newId } from "../../../domain/id.ts";
import { kmsDataKeys } from "../../../domain/secret/envelope.ts";
import type { Arrival, InboundContent, JournalEntry } from "../../../socket-host/keys/journal-entry.ts";
import { keyPartition } from "../../../socket-host/keys/key-item.ts";
import { openSessionKeys, type SessionKeys, type SessionKeysOptions } from "../../../socket-host/keys/session-keys.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";
import { eventually } from "../../eventually.ts";

let aws: EmulatedAws;
let reading = new AbortController();
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());
afterEach(() => {
  reading.abort();
  reading = new AbortController();
});

type Name = SessionKeys["session"];
const newSession = (): Name => ({ tenantId: newId("ten", Date.now()), id: newId("ses", Date.now()) });
let epoch = 0;
function open(session: Name, options: Partial<SessionKeysOptions> = {}): Promise<SessionKeys> {
  const dataKeys = kmsDataKeys(aws.environment.ENCRYPTION_KEY_ARN ?? "");
  return openSessionKeys({ db: aws.db, dataKeys, session, epoch: ++epoch, ...options });
}

const arrival = (waMessageId: string, receivedAtMs = Date.now()): Arrival => ({
  waMessageId,
  receivedAtMs,
  whatsappAtMs: receivedAtMs,
  fromMe: false,
  chat: "15550000001@s.whatsapp.net",
  chatLid: null,
  participant: null,
  participantLid: null,
  pushName: null,
});
const text = (said: string): InboundContent => ({ type: "text", text: said, quotedWaMessageId: null });

async function arrive(keys: SessionKeys, id: string, said: string): Promise<void> {
  await keys.records.exclusively(async exclusive => keys.journal.record(exclusive, arrival(id), text(said)));
  await keys.records.durable();
}

async function arriveUnreadable(keys: SessionKeys, id: string): Promise<void> {
  await keys.records.exclusively(async exclusive => keys.journal.recordFailure(exclusive, arrival(id)));
  await keys.records.durable();
}

function read(keys: SessionKeys): JournalEntry[] {
  const entries: JournalEntry[] = [];
  void (async () => {
    for await (const entry of keys.journal.entries(reading.signal)) entries.push(entry);
  })();
  return entries;
}

const sayings = (entries: JournalEntry[]) =>
  entries.map(({ content }) => (content.type === "text" ? content.text : content.type));
const holds = (entries: JournalEntry[], ...said: string[]) =>
  eventually(`the journal says ${said}`, () => entries.length >= said.length && sayings(entries)).then(all =>
    expect(all).toEqual(said),
  );

async function rowsOf(session: Name): Promise<string[]> {
  const answer = await aws.db.client.send(
    new QueryCommand({
      TableName: aws.db.table.keys,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": keyPartition(session) },
    }),
  );
  return (answer.Items ?? []).map(row => String(row.sk)).filter(sk => sk !== "datakey");
}
const isEmpty = (session: Name) => eventually("the journal is empty", async () => (await rowsOf(session)).length === 0);

describe("the inbound journal", () => {
  it("hands entries on in order of arrival, those that were there and those that come", async () => {
    const session = newSession();
    const first = await open(session);
    for (let n = 0; n < 120; n++) await arrive(first, `id${n}`, `old ${n}`);
    await first.close();
    const keys = await open(session);
    const entries = read(keys);
    await eventually("the old ones", () => entries.length === 120);
    await arrive(keys, "new", "new");
    await eventually("the new one", () => entries.length === 121);
    expect(sayings(entries)).toEqual([...Array.from({ length: 120 }, (_, n) => `old ${n}`), "new"]);
  });

  it("hands all on when more come than it keeps in memory", async () => {
    const keys = await open(newSession());
    await keys.records.exclusively(async exclusive => {
      for (let n = 0; n < 450; n++) keys.journal.record(exclusive, arrival(`id${n}`), text(String(n)));
    });
    await keys.records.durable();
    const entries = read(keys);
    await eventually("all", () => entries.length === 450);
    expect(sayings(entries)).toEqual(Array.from({ length: 450 }, (_, n) => String(n)));
  });

  it("replays what was not forgotten, and only that", async () => {
    const session = newSession();
    const first = await open(session);
    await arrive(first, "a", "one");
    await arrive(first, "b", "two");
    const [one] = await eventually("both", () => {
      const entries = read(first);
      return eventually("both", () => entries.length === 2 && entries);
    });
    first.journal.told("a");
    await first.journal.forget(one as JournalEntry);
    first.abandon();
    const second = await open(session);
    const entries = read(second);
    await holds(entries, "two");
    await second.journal.forget(entries[0] as JournalEntry);
    await isEmpty(session);
  });

  it("keeps a stored message until WhatsApp has our receipt", async () => {
    const session = newSession();
    const keys = await open(session);
    await arrive(keys, "a", "one");
    const entries = read(keys);
    await holds(entries, "one");
    await keys.journal.forget(entries[0] as JournalEntry);
    expect(await rowsOf(session)).toHaveLength(1);
    keys.journal.told("a");
    await isEmpty(session);
  });

  it("takes one message once, also when it comes again after a restart", async () => {
    const session = newSession();
    const first = await open(session);
    await arrive(first, "a", "one");
    await arrive(first, "a", "one");
    first.abandon();
    const second = await open(session);
    await arrive(second, "a", "one");
    expect(await rowsOf(session)).toHaveLength(1);
  });

  it("takes the same id in another chat, from another participant or the other way as another message", async () => {
    const session = newSession();
    const keys = await open(session);
    await keys.records.exclusively(async exclusive => {
      keys.journal.record(exclusive, arrival("a"), text("1"));
      keys.journal.record(exclusive, { ...arrival("a"), fromMe: true }, text("2"));
      keys.journal.record(exclusive, { ...arrival("a"), chat: "1@lid" }, text("3"));
      keys.journal.record(exclusive, { ...arrival("a"), participant: "1@lid" }, text("4"));
    });
    await keys.records.durable();
    expect(await rowsOf(session)).toHaveLength(4);
  });

  it("says after a while that a message could not be read, also when it restarted meanwhile", async () => {
    const session = newSession();
    const first = await open(session, { undecryptableAfterMs: 3_600_000 });
    await arriveUnreadable(first, "a");
    await first.close();
    const second = await open(session, { undecryptableAfterMs: 50 });
    const entries = read(second);
    await holds(entries, "undecryptable");
    expect(entries[0]).toMatchObject({ waMessageId: "a" });
  });

  it("says nothing of a message that came readable in the end", async () => {
    const session = newSession();
    const keys = await open(session, { undecryptableAfterMs: 300 });
    await arriveUnreadable(keys, "a");
    await arrive(keys, "a", "readable after all");
    await arriveUnreadable(keys, "b");
    const entries = read(keys);
    await holds(entries, "readable after all", "undecryptable");
    expect(entries.map(({ waMessageId }) => waMessageId)).toEqual(["a", "b"]);
  });

  it("takes a message that comes readable after it was given up", async () => {
    const keys = await open(newSession(), { undecryptableAfterMs: 10 });
    const entries = read(keys);
    await arriveUnreadable(keys, "a");
    await holds(entries, "undecryptable");
    await arriveUnreadable(keys, "a");
    await arrive(keys, "a", "late");
    await holds(entries, "undecryptable", "late");
  });

  it("sorts by arrival even when the clock steps back", async () => {
    const session = newSession();
    let nowMs = 2_000_000;
    const keys = await open(session, { now: () => nowMs });
    await arrive(keys, "a", "first");
    nowMs = 1_000_000;
    await arrive(keys, "b", "second");
    await keys.close();
    const again = await open(session, { now: () => nowMs });
    await arrive(again, "c", "third");
    await holds(read(again), "first", "second", "third");
  });

  it("lets its reader go when the keys are closed", async () => {
    const keys = await open(newSession());
    const ended = (async () => {
      for await (const entry of keys.journal.entries(reading.signal)) return entry;
      return "ended";
    })();
    await keys.close();
    expect(await ended).toBe("ended");
  });
});
