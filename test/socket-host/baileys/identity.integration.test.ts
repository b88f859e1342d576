import { initAuthCreds } from "@whiskeysockets/baileys";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encodeJson } from "../../../socket-host/baileys/credentials.ts";
import { eraseSessionKeys, openSessionKeys } from "../../../socket-host/keys/session-keys.ts";
import { eventually } from "../../eventually.ts";
import { FaultStage, keyReads, keyWrites } from "./fault-stage.ts";
import { jid, type TestSession } from "./test-session.ts";

let stage: FaultStage;
beforeAll(async () => {
  stage = await FaultStage.open();
});
afterEach(() => stage.testIsOver());
afterAll(() => stage.close());

describe("a session that another owner has taken over", () => {
  it("is fenced at its next write: its socket closes, and what it wrote last still counts", async () => {
    const { session, number } = await stage.linked();
    const bob = await stage.newPhone();
    await session.acked(await session.say(jid(bob), "mine"));
    const stale = session.socket;
    const next = await openSessionKeys({
      db: stage.db,
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
    session.read(stage.reading);
    await stage.control.say(bob, number, "and back");
    await session.text("and back");
    await session.acked(await session.say(jid(bob), "still understood"));
  });
});

describe("a session's identity", () => {
  it("is never made anew because its credentials cannot be read", async () => {
    const { session } = await stage.linked();
    await session.socket?.close();
    const qrs = session.qrs.length;
    stage.awsFails(keyReads);
    await expect(session.connect()).rejects.toMatchObject({ code: "key_store_failed" });
    stage.awsIsWell();
    await session.connected();
    expect(session.qrs).toHaveLength(qrs);
  });

  it("is stored before WhatsApp is told of the pairing", async () => {
    const number = stage.newNumber();
    await stage.control.createPhone(number, "Alice");
    const session = stage.session();
    await session.connect();
    const qr = await eventually("a QR", () => session.qrs.at(-1));
    stage.awsFails(keyWrites);
    await stage.control.call("POST", `/phones/${number}/scan`, { qr });
    await session.closed("unavailable");
    expect(session.paired).toBe(0);
    stage.awsIsWell();
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
    const { session, number } = await stage.linked();
    await session.socket?.logout();
    expect(session.closes.at(-1)?.kind).toBe("closed_by_us");
    expect((await stage.control.phone(number)).devices).toEqual([]);
    await eraseSessionKeys(stage.db, session.name);
    const shown = session.qrs.length;
    await session.connect();
    await eventually("a QR", () => session.qrs.length > shown);
  });
});

/** Stores credentials as a pairing by code leaves them before the code is typed: a number, but no account. */
async function leaveHalfPaired(session: TestSession): Promise<void> {
  const { keys, socket } = session;
  keys?.keepCredentials(() => encodeJson({ ...initAuthCreds(), me: { id: jid("15550001234"), name: "~" } }));
  keys?.records.credentialsChanged();
  await keys?.records.durable();
  await socket?.close();
}
