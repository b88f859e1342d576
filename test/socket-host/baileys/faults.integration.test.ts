import { DeleteCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import { initAuthCreds } from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Intercept } from "../../../local/aws/intercept.ts";
import { encodeJson } from "../../../socket-host/baileys/credentials.ts";
import { keyPartition } from "../../../socket-host/keys/key-item.ts";
import { KeyTable } from "../../../socket-host/keys/key-table.ts";
import { eraseSessionKeys, openSessionKeys } from "../../../socket-host/keys/session-keys.ts";
import { eventually } from "../../eventually.ts";
import { Stage } from "./stage.ts";
import { jid, type TestSession } from "./test-session.ts";

let stage: Stage;
let reading: AbortController;
/** What becomes of each AWS call. */
let awsFault: Intercept = () => undefined;
let nextNumber = 15_551_000_000;
const newNumber = () => String(++nextNumber);

beforeAll(async () => {
  stage = await Stage.open({ intercept: call => awsFault(call) });
});
afterAll(() => stage.close());
beforeEach(() => {
  reading = new AbortController();
});
afterEach(async () => {
  reading.abort();
  awsFault = () => undefined;
  await stage.control.ok("DELETE", "/faults");
});

async function newPhone(): Promise<string> {
  const number = newNumber();
  await stage.control.createPhone(number, "Bob");
  return number;
}

async function linked(): Promise<{ session: TestSession; number: string }> {
  const number = newNumber();
  return { session: await stage.linked(number), number };
}

/** As a SIGKILL would: nothing more is written, told or answered, and nobody is told. */
async function kill(session: TestSession): Promise<void> {
  session.keys?.abandon();
  await session.socket?.close();
}

const received = (number: string, texts: string[]) =>
  eventually(`the phone has ${texts}`, async () => {
    const all = await stage.control.messages(number);
    return all.length >= texts.length && all;
  });

const keyWrites: Intercept = ({ service, action }) =>
  service === "dynamodb" && action === "TransactWriteItems" ? { error: "InternalServerError" } : undefined;
const keyReads: Intercept = ({ service, action }) =>
  service === "dynamodb" && action === "BatchGetItem" ? { error: "InternalServerError" } : undefined;

describe("a message out", () => {
  it("goes out again after a crash before its ack, the same under the same id, and is one message on the phone", async () => {
    const { session } = await linked();
    const bob = await newPhone();
    const id = await session.say(jid(bob), "once");
    await kill(session);
    await session.connected();
    await session.say(jid(bob), "once", id);
    await session.say(jid(bob), "twice");
    const messages = await received(bob, ["once", "twice"]);
    expect(messages.map(({ text }) => text)).toEqual(["once", "twice"]);
    expect(messages[0]).toMatchObject({ id });
  });

  it("is told of as refused, with WhatsApp's code, and the next one passes", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    await stage.control.fault({ number, kind: "nack", code: 463, count: 1 });
    await session.acked(await session.say(jid(bob), "refused"), "463");
    await session.acked(await session.say(jid(bob), "taken"));
    expect(await received(bob, ["taken"])).toMatchObject([{ text: "taken" }]);
  });

  it("to a number that is not on WhatsApp is told apart from one that failed", async () => {
    const { session } = await linked();
    await expect(session.say(jid("15559999999"), "anybody?")).rejects.toMatchObject({ code: "not_on_whatsapp" });
  });

  it("that the phone cannot read is answered from the stored payload when it asks again", async () => {
    const { session } = await linked();
    const { session: other, number } = await linked();
    other.read(reading.signal);
    await session.acked(await session.say(jid(number), "first"));
    await other.text("first");
    await other.socket?.close();
    const id = await session.say(jid(number), "second");
    await session.acked(id);
    await forgetSignalSessions(other);
    await session.socket?.close();
    await session.connected();
    await other.connected();
    other.read(reading.signal);
    expect(await other.text("second")).toMatchObject({ waMessageId: id });
  });

  it("does not leave when its ratchet cannot be stored", async () => {
    const { session } = await linked();
    const bob = await newPhone();
    await session.acked(await session.say(jid(bob), "before"));
    awsFault = keyWrites;
    await expect(session.say(jid(bob), "lost?")).rejects.toBeInstanceOf(Error);
    await session.closed("unavailable");
    awsFault = () => undefined;
    await session.connected();
    await session.acked(await session.say(jid(bob), "after"));
    const messages = await received(bob, ["before", "after"]);
    expect(messages.map(({ text }) => text)).toEqual(["before", "after"]);
  });
});

describe("a message in", () => {
  it("is there once after a crash between its commit and its storing", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    const crash = new AbortController();
    session.read(crash.signal, false);
    await stage.control.say(bob, number, "do not lose me");
    await session.text("do not lose me");
    crash.abort();
    await kill(session);
    session.received.length = 0;
    await session.connected();
    session.read(reading.signal);
    await session.text("do not lose me");
    await stage.control.say(bob, number, "next");
    await session.text("next");
    expect(session.texts()).toEqual(["do not lose me", "next"]);
  });

  it("is acknowledged, and not doubled, when it comes again after a crash before the receipt", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    // A receipt that never leaves is as good as a crash just before it.
    const write = KeyTable.prototype.write;
    KeyTable.prototype.write = async function (changes) {
      const versions = await write.call(this, changes);
      if (changes.some(({ sk }) => sk.startsWith("journal#"))) this.close(new Error("crashed"));
      return versions;
    };
    const id = await stage.control.say(bob, number, "twice?");
    await eventually("it crashed", () => isRefused(() => session.keys?.credentials()));
    KeyTable.prototype.write = write;
    await session.socket?.close();
    await session.connected();
    session.read(reading.signal);
    expect(await session.text("twice?")).toMatchObject({ waMessageId: id });
    await stage.control.say(bob, number, "next");
    await session.text("next");
    expect(session.texts()).toEqual(["twice?", "next"]);
    await eventually("WhatsApp has the receipts and the journal is empty", () => journalIsEmpty(session));
  });

  it("is not acknowledged when it cannot be stored, and comes again", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    awsFault = keyWrites;
    await stage.control.say(bob, number, "still here");
    await session.closed("unavailable");
    awsFault = () => undefined;
    await session.connected();
    session.read(reading.signal);
    await session.text("still here");
  });

  it("is not taken for unreadable when its keys cannot be read", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    const before = new AbortController();
    session.read(before.signal);
    await stage.control.say(bob, number, "hello");
    await session.text("hello");
    before.abort();
    // With nothing in its cache, it must read the session record for the next message.
    await session.socket?.close();
    session.received.length = 0;
    await session.connected();
    awsFault = keyReads;
    await stage.control.say(bob, number, "still here");
    await session.closed("unavailable");
    awsFault = () => undefined;
    await session.connected({ undecryptableAfterMs: 50 });
    session.read(reading.signal);
    await session.text("still here");
    expect(session.received.map(({ content }) => content.type)).not.toContain("undecryptable");
  });

  it("that cannot be decrypted is asked for again and then there", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    session.read(reading.signal);
    await stage.control.fault({ number, kind: "corrupt", count: 1 });
    await stage.control.say(bob, number, "garbled");
    await session.text("garbled");
    expect(session.received).toHaveLength(1);
  });

  it("that stays unreadable is said to be so", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    await session.socket?.close();
    await session.connected({ undecryptableAfterMs: 200 });
    session.read(reading.signal);
    await stage.control.fault({ number, kind: "corrupt", count: 50 });
    const id = await stage.control.say(bob, number, "garbled for ever");
    await eventually("it is given up", () => session.received.some(({ content }) => content.type === "undecryptable"));
    expect(session.received[0]).toMatchObject({ waMessageId: id, chat: jid(bob), fromMe: false });
  });

  it("does not wait for the 20 s in which Baileys holds events back after a first login", async () => {
    const number = newNumber();
    await stage.control.createPhone(number, "Alice");
    const bob = await newPhone();
    const session = stage.session();
    await session.connect();
    await stage.control.scan(number)(await eventually("a QR", () => session.qrs.at(-1)));
    await session.closed("restart_required");
    await stage.control.say(bob, number, "while you were away");
    const startedAtMs = performance.now();
    await session.connected();
    session.read(reading.signal);
    await session.text("while you were away");
    expect(performance.now() - startedAtMs).toBeLessThan(15_000);
  });
});

describe("a receipt", () => {
  it("that could not be stored is not acknowledged, and comes again", async () => {
    const { session } = await linked();
    const bob = await newPhone();
    session.storeReceipt = async () => {
      throw new Error("the table is away");
    };
    const id = await session.say(jid(bob), "hello");
    await session.acked(id);
    await received(bob, ["hello"]);
    let refused = 0;
    session.storeReceipt = async () => {
      refused++;
      throw new Error("the table is away");
    };
    await stage.control.ok("POST", `/phones/${bob}/read`, { ids: [id] });
    await eventually("it came", () => refused > 0);
    await session.socket?.close();
    session.storeReceipt = async () => undefined;
    await session.connected();
    await eventually("it comes again", () => session.receipts.some(({ status }) => status === "read"));
  });
});

describe("a session that another owner has taken over", () => {
  it("is fenced at its next write: its socket closes, and what it wrote last still counts", async () => {
    const { session, number } = await linked();
    const bob = await newPhone();
    await session.acked(await session.say(jid(bob), "mine"));
    const stale = session.socket;
    const next = await openSessionKeys({
      db: stage.aws.db,
      dataKeys: stage.dataKeys,
      session: session.name,
      epoch: session.epoch + 1,
    });
    const address = `${(await stage.control.phone(bob)).lid.replace("@lid", "")}_1.0`;
    const held = await next.records.get("session", [address]);
    expect(held.size).toBe(1);
    await next.records.exclusively(async exclusive => exclusive.set(new Map([["session", held]])));
    await next.records.durable();
    // What Baileys writes by itself after a send may meet the fence before this does; either way it is not sent.
    const say = session.say(jid(bob), "too late");
    await expect(say).rejects.toMatchObject({ code: expect.stringMatching(/^(ownership_lost|socket_closed)$/) });
    expect(await session.closed("fenced")).toMatchObject({ statusCode: null });
    await expect(
      stale?.send({ to: jid(bob), waMessageId: "X", payload: Buffer.alloc(0), again: false }),
    ).rejects.toMatchObject({
      code: "socket_closed",
    });
    expect((await stage.control.messages(bob)).map(({ text }) => text)).toEqual(["mine"]);
    await next.close();
    await session.connected({ epoch: session.epoch + 2 });
    session.read(reading.signal);
    await stage.control.say(bob, number, "and back");
    await session.text("and back");
    await session.acked(await session.say(jid(bob), "still understood"));
  });
});

describe("a session's identity", () => {
  it("is never made anew because its credentials cannot be read", async () => {
    const { session } = await linked();
    await session.socket?.close();
    const qrs = session.qrs.length;
    awsFault = keyReads;
    await expect(session.connect()).rejects.toMatchObject({ code: "key_store_failed" });
    awsFault = () => undefined;
    await session.connected();
    expect(session.qrs).toHaveLength(qrs);
  });

  it("is stored before WhatsApp is told of the pairing", async () => {
    const number = newNumber();
    await stage.control.createPhone(number, "Alice");
    const session = stage.session();
    await session.connect();
    const qr = await eventually("a QR", () => session.qrs.at(-1));
    awsFault = keyWrites;
    await stage.control.call("POST", `/phones/${number}/scan`, { qr });
    await session.closed("unavailable");
    expect(session.paired).toBe(0);
    awsFault = () => undefined;
    const shown = session.qrs.length;
    await session.connect();
    await eventually("a new QR", () => session.qrs.length > shown);
  });

  it("is made anew when a pairing was left half done, so that it asks for a QR and not for a login", async () => {
    const session = stage.session();
    await session.connect();
    await eventually("a QR", () => session.qrs.at(-1));
    await leaveHalfPaired(session);
    const shown = session.qrs.length;
    await session.connect();
    await eventually("a new QR", () => session.qrs.length > shown);
  });

  it("ends with a logout, after which nothing is left and the next connection shows a QR", async () => {
    const { session, number } = await linked();
    await session.socket?.logout();
    expect(session.closes.at(-1)?.kind).toBe("closed_by_us");
    expect((await stage.control.phone(number)).devices).toEqual([]);
    await eraseSessionKeys(stage.aws.db, session.name);
    const shown = session.qrs.length;
    await session.connect();
    await eventually("a QR", () => session.qrs.length > shown);
  });
});

describe("a connection that ends", () => {
  it.each([
    [{ kind: "drop" }, "connection_lost"],
    [{ kind: "stream_error", code: 503 }, "unavailable"],
    [{ kind: "stream_error", code: 500 }, "bad_session"],
    [{ kind: "stream_error", code: 515 }, "restart_required"],
    [{ kind: "conflict", code: "replaced" }, "replaced"],
  ] as const)("by %j is %s, told once", async (fault, kind) => {
    const { session, number } = await linked();
    const before = session.closes.length;
    await stage.control.fault({ ...fault, number });
    await session.closed(kind, before);
    await session.socket?.close();
    expect(session.closes.slice(before)).toHaveLength(1);
  });

  it("because the phone unlinked it is logged_out, and so is the next login", async () => {
    const { session, number } = await linked();
    const [device] = (await stage.control.phone(number)).devices;
    await stage.control.ok("DELETE", `/phones/${number}/devices/${device?.id}`);
    await session.closed("logged_out");
    const before = session.closes.length;
    await session.connect();
    await session.closed("logged_out", before);
  });

  it.each([
    [401, "logged_out"],
    [403, "banned"],
    [405, "client_outdated"],
  ] as const)("because a login failed with %i is %s", async (code, kind) => {
    const { session, number } = await linked();
    await session.socket?.close();
    await stage.control.fault({ number, kind: "failure", code });
    const before = session.closes.length;
    await session.connect();
    await session.closed(kind, before);
  });
});

describe("two sessions of one host that write to the same person at once", () => {
  it("do not hold each other up, and lose nothing", async () => {
    const first = await linked();
    const second = await linked();
    const bob = await newPhone();
    const ids = await Promise.all(
      [first, second].flatMap(({ session }) =>
        Array.from({ length: 10 }, (_, n) => session.say(jid(bob), `${session.name.id} ${n}`)),
      ),
    );
    const messages = await eventually("all are there", async () => {
      const all = await stage.control.messages(bob);
      return all.length === ids.length && all;
    });
    expect(new Set(messages.map(({ id }) => id))).toEqual(new Set(ids));
    expect(messages.every(({ copies }) => copies === 1)).toBe(true);
  });

  it("lose nothing, and keep its order, when they write to each other at once", async () => {
    const one = await linked();
    const two = await linked();
    one.session.read(reading.signal);
    two.session.read(reading.signal);
    const texts = Array.from({ length: 15 }, (_, n) => `number ${n}`);
    for (const text of texts) {
      await Promise.all([one.session.say(jid(two.number), text), two.session.say(jid(one.number), text)]);
    }
    await eventually("all came", () => one.session.received.length >= 15 && two.session.received.length >= 15);
    expect(one.session.texts()).toEqual(texts);
    expect(two.session.texts()).toEqual(texts);
  });
});

async function isRefused(work: () => Promise<unknown> | undefined): Promise<boolean> {
  try {
    await work();
    return false;
  } catch {
    return true;
  }
}

async function rowsUnder(session: TestSession, prefix: string): Promise<{ pk: string; sk: string }[]> {
  const answer = await stage.aws.db.client.send(
    new QueryCommand({
      TableName: stage.aws.db.table.keys,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
      ExpressionAttributeValues: { ":pk": keyPartition(session.name), ":prefix": prefix },
    }),
  );
  return (answer.Items ?? []).map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
}

const journalIsEmpty = async (session: TestSession) => (await rowsUnder(session, "journal#")).length === 0;

/** As if another owner had lost them: what comes next cannot be decrypted. */
async function forgetSignalSessions(session: TestSession): Promise<void> {
  const { client, table } = stage.aws.db;
  for (const Key of await rowsUnder(session, "key#session#")) {
    await client.send(new DeleteCommand({ TableName: table.keys, Key }));
  }
}

/** Stores credentials as a pairing by code leaves them before the code is typed: a number, but no account. */
async function leaveHalfPaired(session: TestSession): Promise<void> {
  const { keys, socket } = session;
  keys?.keepCredentials(() => encodeJson({ ...initAuthCreds(), me: { id: jid("15550001234"), name: "~" } }));
  keys?.records.credentialsChanged();
  await keys?.records.durable();
  await socket?.close();
}
