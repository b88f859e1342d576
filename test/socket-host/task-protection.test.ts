import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLog } from "../../domain/log.ts";
import { cpuLoad } from "../../socket-host/cpu-load.ts";
import { RecentlyTurnedAway } from "../../socket-host/recently-turned-away.ts";
import { TaskProtection } from "../../socket-host/task-protection.ts";

let asked: { method: string; path: string; body: unknown }[];
let status: number;
let agent: ReturnType<typeof createServer>;
let nowMs: number;
let protection: TaskProtection;
beforeEach(async () => {
  [asked, status, nowMs] = [[], 200, 0];
  agent = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url: path = "" } = request;
    asked.push({ method, path, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.writeHead(status).end("{}");
  });
  agent.listen(0, "127.0.0.1");
  await once(agent, "listening");
  const agentUri = `http://127.0.0.1:${(agent.address() as AddressInfo).port}/api/task`;
  const log = openLog({ name: "test", write: () => undefined });
  protection = new TaskProtection({ agentUri, monotonic: () => nowMs, log });
});
afterEach(() => void agent.close());

describe("the protection of a task", () => {
  it("is asked of the agent when a pairing begins, renewed while it lasts, and taken off at its end", async () => {
    await protection.keep(false);
    expect(asked).toEqual([]);
    await protection.keep(true);
    await protection.keep(true);
    const on = {
      method: "PUT",
      path: "/api/task/task-protection/v1/state",
      body: { ProtectionEnabled: true, ExpiresInMinutes: 5 },
    };
    expect(asked).toEqual([on]);
    nowMs = 130_000;
    await protection.keep(true);
    expect(asked).toEqual([on, on]);
    await protection.keep(false);
    await protection.keep(false);
    expect(asked.slice(2)).toEqual([{ ...on, body: { ProtectionEnabled: false } }]);
  });

  it("is asked for again where the agent refused", async () => {
    status = 500;
    await expect(protection.keep(true)).rejects.toThrow("500");
    status = 200;
    await protection.keep(true);
    expect(asked).toHaveLength(2);
  });
});

describe("the load of a host", () => {
  it("is the share of one processor it used, over ten seconds at least", () => {
    let used = 0;
    const load = cpuLoad(
      () => ({ user: used, system: 0 }),
      () => nowMs,
    );
    expect(load()).toBe(0);
    [used, nowMs] = [5_000_000, 10_000];
    expect(load()).toBe(50);
    [used, nowMs] = [6_000_000, 11_000];
    expect(load()).toBe(50);
    nowMs = 20_000;
    expect(load()).toBe(10);
  });
});

describe("sessions that found no room", () => {
  it("count until they find some, or have not asked for a whole sweep", () => {
    const away = new RecentlyTurnedAway();
    for (const id of ["a", "b"]) away.add(id);
    away.nextSweep();
    expect(away.size).toBe(2);
    away.add("a");
    away.nextSweep();
    expect(away.size).toBe(1);
    away.delete("a");
    expect(away.size).toBe(0);
  });
});
