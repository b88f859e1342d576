import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import { Stage } from "./stage.ts";

describe("opening and closing a session fifty times", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  it("leaves no socket, timer or listener behind", async () => {
    const session = await stage.linked("15552000001");
    const reopen = async () => {
      await session.socket?.close();
      await session.connected();
    };
    for (let n = 0; n < 5; n++) await reopen();
    const before = resources();
    for (let n = 0; n < 45; n++) await reopen();
    await eventually("nothing is left behind", () => resources().sockets <= before.sockets + 2);
    expect(resources().timers).toBeLessThanOrEqual(before.timers + 10);
    expect(process.listenerCount("exit")).toBeLessThan(20);
    expect(session.closes.filter(({ kind }) => kind === "closed_by_us")).toHaveLength(50);
  });
});

function resources(): { sockets: number; timers: number } {
  const active = process.getActiveResourcesInfo();
  return {
    sockets: active.filter(name => name === "TCPSocketWrap").length,
    timers: active.filter(name => name === "Timeout").length,
  };
}

describe("a server that shows WhatsApp's own certificates", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterAll(() => stage.close());

  it.each([
    ["replayed", "of another key"],
    ["expired", "not valid now"],
  ])("is refused where they are %s", async (what, why) => {
    await stage.control.fault({ kind: "certificate", what });
    const session = stage.session();
    await session.connect();
    expect(await session.closed("unreachable")).toMatchObject({ detail: expect.stringContaining(why) });
    expect(session.qrs).toEqual([]);
    await stage.control.clearFaults();
    await session.connect();
    await eventually("a QR of the real one", () => session.qrs.length > 0);
  });
});

describe("a server whose certificate chain is forged", () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await Stage.open({ forgeChain: true });
  });
  afterAll(() => stage.close());

  it("is refused before it learns anything, though it holds the root that is pinned", async () => {
    const session = stage.session();
    await session.connect();
    expect(await session.closed("unreachable")).toMatchObject({ detail: expect.stringContaining("certificate") });
    expect(session.qrs).toEqual([]);
  });
});
