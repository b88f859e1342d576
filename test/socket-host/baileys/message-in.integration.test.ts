import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { KeyTable } from "../../../socket-host/keys/key-table.ts";
import { eventually } from "../../eventually.ts";
import { FaultStage, keyReads, keyWrites, kill } from "./fault-stage.ts";
import { jid, type TestSession } from "./test-session.ts";

let stage: FaultStage;
beforeAll(async () => {
  stage = await FaultStage.open();
});
afterEach(() => stage.testIsOver());
afterAll(() => stage.close());

describe("a message in", () => {
  it("is there once after a crash between its commit and its storing", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
    const crash = new AbortController();
    session.read(crash.signal, false);
    await stage.control.say(bob, number, "do not lose me");
    await session.text("do not lose me");
    crash.abort();
    await kill(session);
    session.received.length = 0;
    await session.connected();
    session.read(stage.reading);
    await session.text("do not lose me");
    await stage.control.say(bob, number, "next");
    await session.text("next");
    expect(session.texts()).toEqual(["do not lose me", "next"]);
  });

  it("is acknowledged, and not doubled, when it comes again after a crash before the receipt", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
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
    session.read(stage.reading);
    expect(await session.text("twice?")).toMatchObject({ waMessageId: id });
    await stage.control.say(bob, number, "next");
    await session.text("next");
    expect(session.texts()).toEqual(["twice?", "next"]);
    await eventually("WhatsApp has the receipts and the journal is empty", () => journalIsEmpty(session));
  });

  it("is not acknowledged when it cannot be stored, and comes again", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
    stage.awsFails(keyWrites);
    await stage.control.say(bob, number, "still here");
    await session.closed("unavailable");
    stage.awsIsWell();
    await session.connected();
    session.read(stage.reading);
    await session.text("still here");
  });

  it("is not taken for unreadable when its keys cannot be read", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
    const before = new AbortController();
    session.read(before.signal);
    await stage.control.say(bob, number, "hello");
    await session.text("hello");
    before.abort();
    // With nothing in its cache, it must read the session record for the next message.
    await session.socket?.close();
    session.received.length = 0;
    await session.connected();
    stage.awsFails(keyReads);
    await stage.control.say(bob, number, "still here");
    await session.closed("unavailable");
    stage.awsIsWell();
    await session.connected({ undecryptableAfterMs: 50 });
    session.read(stage.reading);
    await session.text("still here");
    expect(session.received.map(({ content }) => content.type)).not.toContain("undecryptable");
  });

  it("that cannot be decrypted is asked for again and then there", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
    session.read(stage.reading);
    await stage.control.fault({ number, kind: "corrupt", count: 1 });
    await stage.control.say(bob, number, "garbled");
    await session.text("garbled");
    expect(session.received).toHaveLength(1);
  });

  it("that stays unreadable is said to be so", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
    await session.socket?.close();
    await session.connected({ undecryptableAfterMs: 200 });
    session.read(stage.reading);
    await stage.control.fault({ number, kind: "corrupt", count: 50 });
    const id = await stage.control.say(bob, number, "garbled for ever");
    await eventually("it is given up", () => session.received.some(({ content }) => content.type === "undecryptable"));
    expect(session.received[0]).toMatchObject({ waMessageId: id, chat: jid(bob), fromMe: false });
  });

  it("does not wait for the 20 s in which Baileys holds events back after a first login", async () => {
    const number = stage.newNumber();
    await stage.control.createPhone(number, "Alice");
    const bob = await stage.newPhone();
    const session = stage.session();
    await session.connect();
    await stage.control.scan(number)(await eventually("a QR", () => session.qrs.at(-1)));
    await session.closed("restart_required");
    await stage.control.say(bob, number, "while you were away");
    const startedAtMs = performance.now();
    await session.connected();
    session.read(stage.reading);
    await session.text("while you were away");
    expect(performance.now() - startedAtMs).toBeLessThan(15_000);
  });
});

describe("a receipt", () => {
  it("that could not be stored is not acknowledged, and comes again", async () => {
    const { session } = await stage.linked();
    const bob = await stage.newPhone();
    session.storeReceipt = async () => {
      throw new Error("the table is away");
    };
    const id = await session.say(jid(bob), "hello");
    await session.acked(id);
    await stage.received(bob, ["hello"]);
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

async function isRefused(work: () => Promise<unknown> | undefined): Promise<boolean> {
  try {
    await work();
    return false;
  } catch {
    return true;
  }
}

const journalIsEmpty = async (session: TestSession) => (await stage.rowsUnder(session, "journal#")).length === 0;
