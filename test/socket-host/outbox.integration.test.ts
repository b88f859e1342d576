import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { replacedRetryMs } from "../../socket-host/connection-state.ts";
import { expiresAfterMs } from "../../socket-host/send-message.ts";
import { ackWithinMs } from "../../socket-host/write-and-hear.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

let hosts: HostStage;
beforeAll(async () => {
  hosts = await HostStage.open();
  await hosts.host();
});
afterAll(() => hosts.close());

const errorsOf = async (message: Parameters<HostStage["message"]>[0]) => (await hosts.message(message)).error;

// Most of the time these wait, each for a session of its own: so all at once.
describe.concurrent("the outbox of a session", () => {
  it("keeps the order of acceptance within a chat and priority, and lets a high one overtake", async () => {
    await hosts.control.createPhone("5511900000201", "Elza");
    await hosts.control.createPhone("5511900000202", "Fabi");
    // Accepted while it cannot send yet, so that none is on its way before the last is there.
    const session = await hosts.createSession();
    const texts = Array.from({ length: 20 }, (_, place) => `low ${place}`);
    for (const text of texts) await hosts.accept(session, "5511900000202", text, { priority: "low", rings: false });
    await hosts.accept(session, "5511900000202", "normal", { rings: false });
    const high = await hosts.accept(session, "5511900000202", "one-time code", { priority: "high", rings: true });
    await hosts.scan(session, "5511900000201");
    await hosts.untilMessage(high, "delivered");
    const received = await eventually("all of them on the phone", async () => {
      const all = await hosts.control.messages("5511900000202");
      return all.length === 22 && all;
    });
    expect(received.map(({ text }) => text)).toEqual(["one-time code", "normal", ...texts]);
    expect(received.every(({ copies }) => copies === 1)).toBe(true);
  });

  it("fails a message to a number that has no WhatsApp, and nothing else", async () => {
    const session = await hosts.linked("5511900000203");
    await hosts.control.createPhone("5511900000204", "Gil");
    const nobody = await hosts.accept(session, "5511900009999", "hello?", { rings: false });
    const somebody = await hosts.accept(session, "5511900000204", "hello");
    await hosts.untilMessage(somebody, "delivered");
    await hosts.untilMessage(nobody, "failed");
    expect(await errorsOf(nobody)).toMatchObject({ code: "not_on_whatsapp" });
    const types = (await hosts.events(session)).filter(event => event.data.id === nobody.id).map(event => event.type);
    expect(types).toEqual(["message.failed"]);
  });

  it("fails what WhatsApp refuses with its code; one chat that is refused does not restrict the account", async () => {
    const session = await hosts.linked("5511900000205");
    await hosts.control.createPhone("5511900000206", "Hugo");
    await hosts.untilMessage(await hosts.accept(session, "5511900000206", "we know each other"), "delivered");
    await hosts.control.fault({ number: "5511900000205", kind: "nack", code: 479, count: 1 });
    const rejected = await hosts.accept(session, "5511900000206", "refused");
    await hosts.untilMessage(rejected, "failed");
    expect(await errorsOf(rejected)).toMatchObject({ code: "rejected", detail: "479" });
    await hosts.control.fault({ number: "5511900000205", kind: "nack", count: 1 });
    const restricted = await hosts.accept(session, "5511900000206", "too many people");
    await hosts.untilMessage(restricted, "failed");
    expect(await errorsOf(restricted)).toMatchObject({ code: "restricted", detail: "463" });
    expect((await hosts.read(session)).restricted).toBeNull();
    await hosts.untilMessage(await hosts.accept(session, "5511900000206", "and on it goes"), "delivered");
  });

  it("fails what was not sent within a day as expired", async () => {
    const session = await hosts.linked("5511900000207");
    await hosts.control.createPhone("5511900000208", "Iris");
    const old = { rings: false, acceptedAtMs: Date.now() - expiresAfterMs };
    const late = await hosts.accept(session, "5511900000208", "yesterday's", old);
    const fresh = await hosts.accept(session, "5511900000208", "today's");
    await hosts.untilMessage(fresh, "delivered");
    expect(await errorsOf(late)).toMatchObject({ code: "expired" });
  });

  it("fails what waits when the session is logged out, and what comes later", async () => {
    const session = await hosts.linked("5511900000209");
    await hosts.control.createPhone("5511900000210", "Joca");
    const phone = await hosts.control.phone("5511900000209");
    const waiting = await hosts.accept(session, "5511900000210", "never", { rings: false });
    await hosts.control.ok("DELETE", `/phones/5511900000209/devices/${phone.devices[0]?.id}`);
    await hosts.until(session, "disconnected");
    await hosts.untilMessage(waiting, "failed");
    expect(await errorsOf(waiting)).toMatchObject({ code: "session_disconnected" });
    const raced = await hosts.accept(session, "5511900000210", "accepted a moment too late");
    await hosts.untilMessage(raced, "failed");
    expect(await errorsOf(raced)).toMatchObject({ code: "session_disconnected" });
  });

  it("sends again under the same id what was not acknowledged", async () => {
    const session = await hosts.linked("5511900000211");
    await hosts.control.createPhone("5511900000212", "Keila");
    const first = await hosts.accept(session, "5511900000212", "before");
    await hosts.untilMessage(first, "delivered");
    await hosts.control.fault({ number: "5511900000211", kind: "silence", ms: ackWithinMs + 5_000 });
    const unheard = await hosts.accept(session, "5511900000212", "said into the silence");
    await eventually(
      "a try that nobody answered",
      async () => {
        const [row] = (await hosts.items("outbox")).filter(item => item.messageId === unheard.id);
        return row !== undefined && Number(row.attempts) > 0;
      },
      ackWithinMs + 10_000,
    );
    await hosts.control.fault({ number: "5511900000211", kind: "drop" });
    await hosts.untilMessage(unheard, "delivered", 40_000);
    const received = (await hosts.control.messages("5511900000212")).filter(({ id }) => id === unheard.waMessageId);
    expect(received).toHaveLength(1);
  }, 90_000);

  it("finds what no doorbell told of", async () => {
    const session = await hosts.linked("5511900000213");
    await hosts.control.createPhone("5511900000214", "Lia");
    const unrung = await hosts.accept(session, "5511900000214", "nobody rang", { rings: false });
    await hosts.untilMessage(unrung, "delivered");
  });

  it("finds a session whose creation no doorbell told of", async () => {
    const session = await hosts.createSession({ rings: false });
    await hosts.until(session, "qr");
  });
});

describe.concurrent("a connection that breaks", () => {
  it("comes back by itself without a QR after a cut and after each stream error that allows it", async () => {
    const session = await hosts.linked("5511900000215");
    const faults = [{ kind: "drop" }, { kind: "stream_error", code: 515 }, { kind: "stream_error", code: 503 }];
    for (const fault of faults) {
      const { connectedAt } = await hosts.until(session, "connected");
      await hosts.control.fault({ number: "5511900000215", ...fault });
      await eventually(`a new connection after ${JSON.stringify(fault)}`, async () => {
        const now = await hosts.read(session);
        return now.status === "connected" && now.connectedAt !== connectedAt;
      });
    }
    const { statuses } = await hosts.read(session);
    expect(statuses.map(({ status }) => status)).not.toContain("disconnected");
  });

  it("is made anew by a restart, with the same keys", async () => {
    const session = await hosts.linked("5511900000216");
    const { connectedAt } = await hosts.read(session);
    await hosts.restart(session);
    await eventually("a new connection", async () => {
      const now = await hosts.read(session);
      return now.status === "connected" && now.connectedAt !== connectedAt;
    });
    expect((await hosts.events(session)).filter(({ type }) => type === "session.qr")).toHaveLength(1);
    expect((await hosts.control.phone("5511900000216")).devices).toHaveLength(1);
  });

  it("ends as banned where WhatsApp says so", async () => {
    const session = await hosts.linked("5511900000217");
    await hosts.control.fault({ number: "5511900000217", kind: "failure", code: 403 });
    await hosts.control.fault({ number: "5511900000217", kind: "drop" });
    const ended = await hosts.until(session, "disconnected");
    expect(ended.lastDisconnect).toMatchObject({ reason: "banned", statusCode: 403 });
    expect((await hosts.events(session)).at(-1)?.type).toBe("session.disconnected");
  });

  it("that is replaced by another login asks its lease, comes back once after 30 s, and ends when it happens again", async () => {
    const session = await hosts.linked("5511900000218");
    const { connectedAt } = await hosts.read(session);
    await hosts.control.fault({ number: "5511900000218", kind: "conflict" });
    const waiting = await hosts.until(session, "connecting");
    expect(waiting.lastDisconnect).toMatchObject({ reason: "replaced" });
    await eventually(
      "one more connection",
      async () => {
        const now = await hosts.read(session);
        return now.status === "connected" && now.connectedAt !== connectedAt;
      },
      replacedRetryMs + 10_000,
    );
    await hosts.control.fault({ number: "5511900000218", kind: "conflict" });
    const ended = await hosts.until(session, "disconnected");
    expect(ended.lastDisconnect).toMatchObject({ reason: "replaced" });
    expect(ended.linked).toBe(true);
    await hosts.restart(session);
    await hosts.until(session, "connected");
  }, 90_000);

  it("reads what came corrupted after it was asked for again, once", async () => {
    const session = await hosts.linked("5511900000219");
    await hosts.control.createPhone("5511900000220", "Sara");
    await hosts.control.fault({ number: "5511900000219", kind: "corrupt", count: 1 });
    await hosts.control.say("5511900000220", "5511900000219", "hard to read");
    await eventually("the message in the history", async () => {
      const history = await hosts.history(session, jidOf("5511900000220"));
      return history.length === 1 && history[0]?.text === "hard to read";
    });
  });
});
