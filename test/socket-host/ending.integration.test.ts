import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunningHost } from "../../socket-host/start-host.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

let hosts: HostStage;
let host: RunningHost;
let isSlow = false;
beforeAll(async () => {
  const slowly = ({ action }: { action: string }) =>
    isSlow && action === "TransactWriteItems" ? { delayMs: 700 } : undefined;
  hosts = await HostStage.open({ qrLifetimeMs: 300, intercept: slowly });
  host = await hosts.host();
});
afterAll(() => hosts.close());

describe("a session that ends", () => {
  it("stays ended, though somebody rings for it while that is being written", async () => {
    const session = await hosts.createSession();
    isSlow = true;
    await eventually("the end to be written", async () => {
      await hosts.ring(session);
      return (await hosts.read(session)).status === "disconnected";
    });
    isSlow = false;
    await eventually(
      "the host to let go of it",
      async () => {
        const answer = await fetch(`http://127.0.0.1:${host.healthPort}/`);
        return (await answer.text()).includes('"sessions":{}');
      },
      10_000,
    );
    const { statuses } = await hosts.read(session);
    expect(statuses.map(({ status }) => status)).toEqual(["starting", "qr", "disconnected"]);
    // Those of one connection: no other one was begun.
    const told = (await hosts.events(session)).filter(({ type }) => type === "session.qr");
    expect(told).toHaveLength(6);
  });
});
