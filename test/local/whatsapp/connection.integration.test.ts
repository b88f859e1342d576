import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../../eventually.ts";
import type { BaileysClient } from "./baileys-client.ts";
import type { ControlClient } from "./control-client.ts";
import { jid, Simulation } from "./simulation.ts";

const ALICE = "15550000001";
const PETER = "15551112222";

describe("a client's connection", () => {
  let simulation: Simulation;
  let control: ControlClient;
  let client: BaileysClient;

  beforeAll(async () => {
    simulation = await Simulation.start();
    control = simulation.control;
    await control.createPhone(ALICE, "Alice");
    await control.createPhone(PETER, "Peter");
    client = await simulation.linked(ALICE);
  });

  beforeEach(async () => {
    await control.clearFaults();
    if (!client.isOpen) await client.connected();
  });

  afterAll(() => simulation.close());

  async function closeCode(cause: () => Promise<unknown>): Promise<number | undefined> {
    const before = client.closeCodes.length;
    await cause();
    await eventually("the connection closes", () => client.closeCodes.length > before);
    return client.closeCodes.at(-1);
  }

  it.each([
    [{ kind: "stream_error", code: 515 }, 515],
    [{ kind: "stream_error", code: 503 }, 503],
    [{ kind: "stream_error", code: "500" }, 500],
    [{ kind: "conflict" }, 440],
    [{ kind: "failure", code: 403 }, 403],
    [{ kind: "failure", code: 405 }, 405],
    [{ kind: "failure", code: 401 }, 401],
    [{ kind: "drop" }, 428],
  ])("ends on %j as %i, and the next login passes", async (fault, code) => {
    expect(await closeCode(() => control.fault({ ...fault, number: ALICE }))).toBe(code);
    await client.connected();
  });

  it("ends the next login where no connection is there to end", async () => {
    await client.disconnect();
    await eventually("it is seen as gone", async () => !(await control.phone(ALICE)).devices[0]?.connected);
    await control.fault({ kind: "stream_error", code: "503", number: ALICE });
    expect(await closeCode(async () => client.connect())).toBe(503);
    await client.connected();
  });

  it("refuses connections for a while and lets them in again", async () => {
    await client.disconnect();
    await control.fault({ kind: "refuse", ms: 60_000 });
    expect(await closeCode(async () => client.connect())).toBe(408);
    await control.clearFaults();
    await client.connected();
  });

  it("stays connected and answers nothing while silent, and brings what it missed afterwards", async () => {
    await control.fault({ kind: "silence", number: ALICE });
    await control.say(PETER, ALICE, "into the silence");
    await expect(client.socket.query(ping(), 300)).rejects.toThrow();
    expect(client.isOpen).toBe(true);
    await control.clearFaults();
    await client.received("into the silence");
  });

  it("answers a login that came during a silence once that is over", async () => {
    await client.disconnect();
    await control.fault({ kind: "silence", number: ALICE, ms: 300 });
    const connects = (await control.stats()).connectsTotal ?? 0;
    await client.connected();
    expect((await control.stats()).connectsTotal).toBe(connects + 1);
  });

  it("delays every answer without changing their order", async () => {
    await control.fault({ kind: "delay", ms: 300, number: ALICE });
    const before = performance.now();
    await client.socket.query(ping());
    expect(performance.now() - before).toBeGreaterThanOrEqual(290);
  });

  it("hands over what waited while the client was away, marked as offline mail", async () => {
    await client.disconnect();
    await control.say(PETER, ALICE, "while you were away");
    await control.say(PETER, ALICE, "and another");
    await client.connected();
    expect(await client.received("and another")).toMatchObject({ type: "append" });
    expect(client.texts().map(({ text }) => text)).toContain("while you were away");
  });

  it("sends again what a connection that broke had not settled", async () => {
    const before = await simulation.control.stats();
    client.socket.ws.removeAllListeners("CB:message");
    await control.say(PETER, ALICE, "you must not lose this");
    await client.disconnect();
    await client.connected();
    await client.received("you must not lose this");
    await eventually(
      "it counts as delivered once it is settled",
      async () => ((await control.stats()).messagesDelivered ?? 0) > (before.messagesDelivered ?? 0),
    );
  });

  it("replaces the first connection by the second and counts both at that moment", async () => {
    expect((await control.stats()).maxSocketsPerDevice).toBe(1);
    const first = client.socket;
    let firstClosed: number | undefined;
    first.ev.on("connection.update", ({ lastDisconnect }) => {
      const error = lastDisconnect?.error as { output?: { statusCode?: number } } | undefined;
      firstClosed = error?.output?.statusCode ?? firstClosed;
    });
    client.connect();
    await eventually("the first is told", () => firstClosed === 440);
    const stats = await eventually("the replacement is counted", async () => {
      const current = await control.stats();
      return current.replaced === 1 && current;
    });
    expect(stats).toMatchObject({ maxSocketsPerDevice: 2, replaced: 1 });
    const { data } = (await simulation.control.ok("GET", "/logins")) as { data: { replaced: boolean }[] };
    expect(data.at(-1)).toMatchObject({ device: 1, replaced: true });
    const open = await eventually("one connection stays", async () => (await control.stats()).connections === 1);
    expect(open).toBe(true);
    client.isOpen = true;
    await client.socket.query(ping());
  });

  it("logs out for good", async () => {
    expect(await closeCode(() => client.socket.logout())).toBe(401);
    await eventually("the device is gone", async () => (await control.phone(ALICE)).devices.length === 0);
    const failed = (await control.stats()).loginsFailed ?? 0;
    expect(await closeCode(async () => client.connect())).toBe(401);
    expect((await control.stats()).loginsFailed).toBe(failed + 1);
    client = await simulation.linked(ALICE);
    expect((await control.phone(ALICE)).devices).toMatchObject([{ id: 2, connected: true }]);
  });

  it("is told with 401 when the person unlinks it, and stays out", async () => {
    expect(await closeCode(() => control.ok("DELETE", `/phones/${ALICE}/devices/2`))).toBe(401);
    expect(await closeCode(async () => client.connect())).toBe(401);
    expect((await control.phone(ALICE)).devices).toEqual([]);
    client = await simulation.linked(ALICE);
  });

  it("is unlinked by a device_removed conflict", async () => {
    expect(await closeCode(() => control.fault({ kind: "conflict", code: "device_removed", number: ALICE }))).toBe(401);
    expect((await control.phone(ALICE)).devices).toEqual([]);
    client = await simulation.linked(ALICE);
    await client.status(await client.send(jid(PETER), "linked again"), 3);
  });
});

function ping() {
  return {
    tag: "iq",
    attrs: { to: "@s.whatsapp.net", type: "get", xmlns: "w:p" },
    content: [{ tag: "ping", attrs: {} }],
  };
}
