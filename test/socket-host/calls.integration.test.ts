import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

const owner = "15550000062";
const peer = "15551112262";

describe("calls", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    ({ stage, session } = await HostStage.talking(owner, peer));
  });

  afterAll(() => stage.close());

  const call = async (body: Record<string, unknown>) =>
    (await stage.control.ok("POST", `/phones/${peer}/call`, { to: owner, ...body })) as { callId: string };
  const said = async (callId: string) =>
    (await stage.events(session)).filter(({ type, data }) => type === "call.received" && data.callId === callId);
  /** What WhatsApp sends before a text is dealt with before the text is. */
  const untilAllIsSeen = async () => {
    await stage.stored(session, peer, await stage.control.say(peer, owner, "after all that"));
  };

  it("are said once when somebody calls and once when it is over, with who calls", async () => {
    const { callId } = await call({ kind: "video" });
    await call({ kind: "video", callId });
    const [ringing] = await eventually("the call", async () => {
      const events = await said(callId);
      return events.length === 1 && events;
    });
    const from = { id: jidOf(peer), phone: `+${peer}`, name: "Peer" };
    expect(ringing?.data).toMatchObject({ callId, status: "offered", kind: "video", groupId: null, from });
    await call({ status: "ended", callId });
    await call({ status: "ended", callId });
    await untilAllIsSeen();
    const events = await said(callId);
    expect(events.map(({ data }) => [data.status, data.kind])).toEqual([
      ["offered", "video"],
      ["ended", "video"],
    ]);
  });

  it("say nothing where only their end was seen", async () => {
    const { callId } = await call({ status: "ended" });
    await untilAllIsSeen();
    expect(await said(callId)).toEqual([]);
  });

  it("come after all where nobody was there to hear them", async () => {
    await stage.control.fault({ kind: "refuse", number: owner, ms: 1_500 });
    await stage.control.fault({ kind: "drop", number: owner });
    const { callId } = await call({});
    await eventually("the call", async () => (await said(callId)).length === 1, 30_000);
  });

  it("and typing leaves no trace", async () => {
    await stage.until(session, "connected", 30_000);
    const before = (await stage.items("messages")).length;
    await stage.control.ok("POST", `/phones/${peer}/typing`, { to: owner });
    await stage.control.ok("POST", `/phones/${peer}/typing`, { to: owner, paused: true });
    await untilAllIsSeen();
    // The text and its pointer.
    expect((await stage.items("messages")).length).toBe(before + 2);
    expect((await stage.events(session)).at(-1)?.type).toBe("message.received");
  });
});
