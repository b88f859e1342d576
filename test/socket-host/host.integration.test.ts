import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

let hosts: HostStage;
beforeAll(async () => {
  hosts = await HostStage.open();
  await hosts.host();
});
afterAll(() => hosts.close());

describe("a session on a socket host", () => {
  it("shows a QR, is linked by a scan, and says so in its statuses and events", async () => {
    await hosts.control.createPhone("5511900000001", "Ana");
    const session = await hosts.createSession();
    const connected = await hosts.scan(session, "5511900000001");
    expect(connected.statuses.map(({ status }) => status)).toEqual(["starting", "qr", "connected"]);
    expect(connected.phone).toMatchObject({ jid: jidOf("5511900000001"), number: "+5511900000001" });
    expect(connected.linked).toBe(true);
    expect(connected.qr).toBeNull();
    const types = (await hosts.events(session)).map(event => event.type);
    expect(types).toEqual(["session.status", "session.status", "session.qr", "session.status", "session.connected"]);
  });

  it("sends a text once, and follows it to delivered and read", async () => {
    const session = await hosts.linked("5511900000002");
    await hosts.control.createPhone("5511900000003", "Bia");
    await hosts.control.change("5511900000003", { readsMessages: true });
    const accepted = await hosts.accept(session, "5511900000003", "hello");
    const read = await hosts.untilMessage(accepted, "read");
    expect(read.timeline.map(({ status }) => status)).toEqual(["queued", "sent", "delivered", "read"]);
    const [received, ...more] = await hosts.control.messages("5511900000003");
    expect(received).toMatchObject({ id: accepted.waMessageId, text: "hello", copies: 1 });
    expect(more).toEqual([]);
    const about = (await hosts.events(session)).filter(event => event.data.id === accepted.id);
    expect(about.map(event => event.type)).toEqual(["message.sent", "message.delivered", "message.read"]);
    expect(await hosts.items("outbox")).toEqual([]);
  });

  it("stores what people write, and what the phone itself writes, in one chat", async () => {
    const session = await hosts.linked("5511900000004");
    await hosts.control.createPhone("5511900000005", "Caio");
    await hosts.control.say("5511900000005", "5511900000004", "good morning");
    const history = await eventually("the message in the history", async () => {
      const found = await hosts.history(session, jidOf("5511900000005"));
      return found.length > 0 && found;
    });
    expect(history[0]).toMatchObject({ direction: "inbound", status: "received", text: "good morning", type: "text" });
    expect(history[0]?.from).toMatchObject({ phone: "+5511900000005", name: "Caio" });
    const received = (await hosts.events(session)).filter(event => event.type === "message.received");
    expect(received.map(event => event.data.id)).toEqual([history[0]?.id]);
    await hosts.control.say("5511900000004", "5511900000005", "and to you");
    const both = await eventually("the phone's own message", async () => {
      const found = await hosts.history(session, jidOf("5511900000005"));
      return found.length > 1 && found;
    });
    expect(both[0]).toMatchObject({ direction: "outbound", source: "phone", status: "sent", text: "and to you" });
    const told = (await hosts.events(session)).filter(event => event.data.id === both[0]?.id);
    expect(told).toMatchObject([{ type: "message.sent_from_phone", data: { text: "and to you", source: "phone" } }]);
  });

  it("is logged out by the person, and shows a new QR when it is restarted", async () => {
    const session = await hosts.linked("5511900000006");
    const phone = await hosts.control.phone("5511900000006");
    await hosts.control.ok("DELETE", `/phones/5511900000006/devices/${phone.devices[0]?.id}`);
    const out = await hosts.until(session, "disconnected");
    expect(out.lastDisconnect?.reason).toBe("logged_out");
    expect(out.linked).toBe(false);
    await eventually("the keys to be erased", async () =>
      (await hosts.items("keys")).every(item => !String(item.pk).includes(session.id)),
    );
    await hosts.restart(session);
    const again = await hosts.scan(session, "5511900000006");
    expect(again.linked).toBe(true);
  });

  it("ends when it is deleted: unlinked at WhatsApp, keys gone, history erased where asked", async () => {
    const session = await hosts.linked("5511900000007");
    await hosts.control.createPhone("5511900000008", "Davi");
    await hosts.control.say("5511900000008", "5511900000007", "are you there?");
    await eventually("the message", async () => (await hosts.history(session, jidOf("5511900000008"))).length > 0);
    await hosts.delete(session, true);
    await eventually("the session to be gone", async () => (await hosts.read(session).catch(() => null)) === null);
    expect((await hosts.control.phone("5511900000007")).devices).toEqual([]);
    for (const table of ["keys", "messages", "chats", "outbox", "sessions"] as const) {
      // A scan may meet the last transaction half way: it is not isolated from it.
      await eventually(`nothing of it in ${table}`, async () =>
        (await hosts.items(table)).every(
          // The counter of its events stays: it is what tells that the session once was.
          item => item.sk === "counter#events" || !JSON.stringify(item).includes(session.id),
        ),
      );
    }
    expect((await hosts.events(session)).at(-1)?.type).toBe("session.deleted");
  });
});
