import { DeleteCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { FaultStage, keyWrites, kill } from "./fault-stage.ts";
import { jid, type TestSession } from "./test-session.ts";

let stage: FaultStage;
beforeAll(async () => {
  stage = await FaultStage.open();
});
afterEach(() => stage.testIsOver());
afterAll(() => stage.close());

describe("a message out", () => {
  it("goes out again after a crash before its ack, the same under the same id, and is one message on the phone", async () => {
    const { session } = await stage.linked();
    const bob = await stage.newPhone();
    const id = await session.say(jid(bob), "once");
    await kill(session);
    await session.connected();
    await session.say(jid(bob), "once", id);
    await session.say(jid(bob), "twice");
    const messages = await stage.received(bob, ["once", "twice"]);
    expect(messages.map(({ text }) => text)).toEqual(["once", "twice"]);
    expect(messages[0]).toMatchObject({ id });
  });

  it("is told of as refused, with WhatsApp's code, and the next one passes", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
    await stage.control.fault({ number, kind: "nack", code: 463, count: 1 });
    await session.acked(await session.say(jid(bob), "refused"), "463");
    await session.acked(await session.say(jid(bob), "taken"));
    expect(await stage.received(bob, ["taken"])).toMatchObject([{ text: "taken" }]);
  });

  it("to a number that is not on WhatsApp is told apart from one that failed", async () => {
    const { session } = await stage.linked();
    await expect(session.say(jid("15559999999"), "anybody?")).rejects.toMatchObject({ code: "not_on_whatsapp" });
  });

  it("that the phone cannot read is answered from the stored payload when it asks again", async () => {
    const { session } = await stage.linked();
    const { session: other, number } = await stage.linked();
    other.read(stage.reading);
    await session.acked(await session.say(jid(number), "first"));
    await other.text("first");
    await other.socket?.close();
    const id = await session.say(jid(number), "second");
    await session.acked(id);
    await forgetSignalSessions(other);
    await session.socket?.close();
    await session.connected();
    await other.connected();
    other.read(stage.reading);
    expect(await other.text("second")).toMatchObject({ waMessageId: id });
  });

  it("does not leave when its ratchet cannot be stored", async () => {
    const { session } = await stage.linked();
    const bob = await stage.newPhone();
    await session.acked(await session.say(jid(bob), "before"));
    stage.awsFails(keyWrites);
    await expect(session.say(jid(bob), "lost?")).rejects.toBeInstanceOf(Error);
    await session.closed("unavailable");
    stage.awsIsWell();
    await session.connected();
    await session.acked(await session.say(jid(bob), "after"));
    const messages = await stage.received(bob, ["before", "after"]);
    expect(messages.map(({ text }) => text)).toEqual(["before", "after"]);
  });
});

describe("two sessions of one host that write to the same person at once", () => {
  it("do not hold each other up, and lose nothing", async () => {
    const first = await stage.linked();
    const second = await stage.linked();
    const bob = await stage.newPhone();
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
    const one = await stage.linked();
    const two = await stage.linked();
    one.session.read(stage.reading);
    two.session.read(stage.reading);
    const texts = Array.from({ length: 15 }, (_, n) => `number ${n}`);
    for (const text of texts) {
      await Promise.all([one.session.say(jid(two.number), text), two.session.say(jid(one.number), text)]);
    }
    await eventually("all came", () => one.session.received.length >= 15 && two.session.received.length >= 15);
    expect(one.session.texts()).toEqual(texts);
    expect(two.session.texts()).toEqual(texts);
  });
});

/** As if another owner had lost them: what comes next cannot be decrypted. */
async function forgetSignalSessions(session: TestSession): Promise<void> {
  const { client, table } = stage.db;
  for (const Key of await stage.rowsUnder(session, "key#session#")) {
    await client.send(new DeleteCommand({ TableName: table.keys, Key }));
  }
}
