import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readLeases } from "../../domain/lease/store.ts";
import { openLog } from "../../domain/log.ts";
import type { Session } from "../../domain/session/session.ts";
import { shardCountOfTests } from "../emulated-aws.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

let stage: HostStage;
beforeEach(async () => {
  stage = await HostStage.open();
});
afterEach(() => stage.close());

/** Scans whatever QR is shown until one is taken: while shards move, a QR may be replaced under the phone's eyes. */
const link = (session: Session, number: string) =>
  eventually(
    `${number} to be linked`,
    async () => {
      const { status, qr } = await stage.read(session);
      if (status === "connected") return true;
      if (qr !== null) await stage.control.scan(number)(qr.code);
      return false;
    },
    80_000,
  );

const numbers = ["15550000101", "15550000102", "15550000103"];

describe("a host with room for one session", () => {
  it("holds one, says how many it turned away, and gives shards away until all are connected; all is measured", async () => {
    const lines: string[] = [];
    const log = openLog({ name: "socket-host", write: line => void lines.push(line) });
    const small = await stage.host({ SESSIONS_MAX: "1", METRICS_NAMESPACE: "WASaaS/test" }, { log });
    const held = async () => (await readLeases(stage.db, shardCountOfTests)).leases;
    await eventually("it to hold every shard", async () => (await held()).every(({ owner }) => owner === small.id));
    const sessions = [];
    // A shard each: its last one a full host keeps, since moved whole it would only be too much elsewhere.
    for (const [shard, number] of numbers.entries()) {
      await stage.control.createPhone(number, number);
      sessions.push(await stage.createSession({ shard }));
    }
    const turnedAway = await eventually("it to say what it turned away", async () => {
      const { hosts } = await readLeases(stage.db, shardCountOfTests);
      return hosts.find(({ waiting }) => waiting === numbers.length - 1);
    });
    expect(turnedAway).toMatchObject({ id: small.id, sessions: 1 });
    await stage.host({ SESSIONS_MAX: "10" });
    await Promise.all(sessions.map((session, place) => link(session, numbers[place] ?? "")));
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

describe("a host on ECS", () => {
  it("has its task protected while somebody links a phone, and no longer", async () => {
    const asked: boolean[] = [];
    const agent = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      asked.push(JSON.parse(Buffer.concat(chunks).toString()).ProtectionEnabled);
      response.end("{}");
    });
    agent.listen(0, "127.0.0.1");
    await once(agent, "listening");
    const uri = `http://127.0.0.1:${(agent.address() as AddressInfo).port}`;
    await stage.host({ ECS_AGENT_URI: uri });
    await stage.control.createPhone("15550000104", "Last");
    const session = await stage.createSession();
    await stage.until(session, "qr");
    await eventually("the task to be protected", () => asked.at(-1) === true);
    await link(session, "15550000104");
    await eventually("the protection to end", () => asked.at(-1) === false);
    agent.close();
  });
});
