import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { leaseDurationMs } from "../../domain/lease/lease.ts";
import type { Log } from "../../domain/log.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const owner = "5511988800401";
const friend = "5511988800402";
/** Longer than the time between two renewals; a renewal still counts when it is answered this late. */
const renewalDelayMs = 3_000;

let hosts: HostStage;
let delayMs = 0;
let slowRenewals = 0;
const lines: string[] = [];

const listening: Log = {
  debug: () => {},
  info: () => {},
  warn: message => lines.push(message),
  error: message => lines.push(message),
  child: () => listening,
};

beforeAll(async () => {
  hosts = await HostStage.open({
    intercept: ({ service, action }) => {
      if (delayMs === 0 || service !== "dynamodb" || action !== "UpdateItem") return undefined;
      slowRenewals++;
      return { delayMs };
    },
  });
  await hosts.control.createPhone(friend, "Friend");
});
afterAll(() => hosts.close());

describe("a host whose renewals are answered late", () => {
  it("keeps its shards and its sessions, for as long as the answers come within a lease", async () => {
    await hosts.host({}, { log: listening });
    const session = await hosts.linked(owner);
    const before = await hosts.read(session);
    delayMs = renewalDelayMs;
    const startedAtMs = performance.now();
    // Twice the time after which the host would have let everything go.
    await eventually(
      "two leases to pass",
      () => performance.now() - startedAtMs > 2 * leaseDurationMs && slowRenewals >= 6,
      4 * leaseDurationMs,
    );
    delayMs = 0;
    expect(lines.filter(line => line === "shard lost")).toEqual([]);
    expect((await hosts.read(session)).statuses).toEqual(before.statuses);
    await hosts.untilMessage(await hosts.accept(session, friend, "still here"), "delivered");
  });
});
