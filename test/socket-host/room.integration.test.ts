import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLeases } from "../../domain/lease/store.ts";
import { openLog } from "../../domain/log.ts";
import { shardCountOfTests } from "../emulated-aws.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

let stage: HostStage;
beforeAll(async () => {
  stage = await HostStage.open();
});
afterAll(() => stage.close());

const numbers = ["15550000101", "15550000102", "15550000103"];

describe("a host with room for one session", () => {
  it("holds one, says how many it turned away, and gives shards away until all are connected; all is measured", async () => {
    const lines: string[] = [];
    const log = openLog({ name: "socket-host", write: line => void lines.push(line) });
    const small = await stage.host({ SESSIONS_MAX: "1", METRICS_NAMESPACE: "WASaaS/test" }, { log });
    const held = async () => (await readLeases(stage.db, shardCountOfTests)).leases;
    await eventually("it to hold every shard", async () => (await held()).every(({ owner }) => owner === small.id));
    const sessions = [];
    for (const number of numbers) {
      await stage.control.createPhone(number, number);
      sessions.push(await stage.createSession());
    }
    const turnedAway = await eventually("it to say what it turned away", async () => {
      const { hosts } = await readLeases(stage.db, shardCountOfTests);
      return hosts.find(({ waiting }) => waiting === numbers.length - 1);
    });
    expect(turnedAway).toMatchObject({ id: small.id, sessions: 1 });
    await stage.host({ SESSIONS_MAX: "10" });
    const shown = await Promise.all(sessions.map(session => stage.until(session, "qr", 60_000)));
    for (const [place, session] of shown.entries()) await stage.scan(session, numbers[place] ?? "");
    const full = (await readLeases(stage.db, shardCountOfTests)).hosts.find(({ id }) => id === small.id);
    expect(full?.sessions).toBeLessThanOrEqual(1);
    await stage.stop(small);
    const measured = lines.map(line => JSON.parse(line)).filter(({ message }) => message === "metrics");
    const names = new Set(
      measured.flatMap(({ _aws }) => _aws.CloudWatchMetrics[0].Metrics.map(({ Name }: { Name: string }) => Name)),
    );
    for (const name of ["LeaseTakes", "KeyWrites", "EventLag", "Load"]) expect(names, name).toContain(name);
  });
});
