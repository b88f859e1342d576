import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const main = join(import.meta.dirname, "../../socket-host/main.ts");
const reader = "5511900000300";

/** A socket host as a process of its own, with what it logged. */
class HostProcess {
  readonly child: ChildProcess;
  readonly lines: Record<string, unknown>[] = [];
  stderr = "";

  constructor(environment: Record<string, string>) {
    this.child = spawn(process.execPath, [main], { env: environment, stdio: ["ignore", "pipe", "pipe"] });
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new Error("the process has no output");
    createInterface({ input: stdout }).on("line", line => this.lines.push(JSON.parse(line)));
    stderr.on("data", chunk => {
      this.stderr += String(chunk);
    });
  }

  said(message: string): Promise<Record<string, unknown>> {
    return eventually(`the process to say "${message}"`, () => this.lines.find(line => line.message === message));
  }

  async end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.child.exitCode !== null) return this.child.exitCode;
    this.child.kill(signal);
    const [code] = await once(this.child, "exit");
    return code;
  }
}

let hosts: HostStage;
let processes: HostProcess[];
beforeEach(async () => {
  processes = [];
  hosts = await HostStage.open();
});
afterEach(async () => {
  for (const { child } of processes) {
    child.kill("SIGCONT");
    child.kill("SIGKILL");
  }
  await hosts.close();
});

async function startProcess(environment: Record<string, string> = {}): Promise<HostProcess> {
  const aws = Object.entries(process.env).filter(([name]) => name.startsWith("AWS_") || name === "PATH");
  const given = { ...(Object.fromEntries(aws) as Record<string, string>), ...hosts.processEnvironment, ...environment };
  const host = new HostProcess(given);
  processes.push(host);
  await host.said("host started");
  return host;
}

async function sendsThrough(session: Session, text: string): Promise<void> {
  const accepted = await hosts.accept(session, reader, text);
  await hosts.untilMessage(accepted, "delivered");
  const copies = (await hosts.control.messages(reader)).filter(message => message.id === accepted.waMessageId);
  expect(copies).toMatchObject([{ text, copies: 1 }]);
}

const connectedUnder = (session: Session, epoch: number) =>
  eventually(`it to be connected under epoch ${epoch}`, async () => {
    const now = await hosts.read(session);
    return now.status === "connected" && now.epoch === epoch;
  });

describe("a socket host as a process", () => {
  it("that is killed loses its sessions to the next one, and nothing that was accepted", async () => {
    await hosts.control.createPhone(reader, "Nina");
    const first = await startProcess();
    const session = await hosts.linked("5511900000301");
    await first.end("SIGKILL");
    const waiting = await hosts.accept(session, reader, "accepted meanwhile");
    await startProcess();
    await hosts.untilMessage(waiting, "delivered");
    await connectedUnder(session, 2);
    await sendsThrough(session, "after");
  });

  it("that was stopped for longer than a lease notices before anything else, and leaves its sessions alone", async () => {
    await hosts.control.createPhone(reader, "Nina");
    const first = await startProcess();
    const session = await hosts.linked("5511900000302");
    await sendsThrough(session, "before");
    first.child.kill("SIGSTOP");
    const second = await startProcess();
    await connectedUnder(session, 2);
    first.lines.length = 0;
    first.child.kill("SIGCONT");
    await first.said("shard lost");
    await sendsThrough(session, "while the old one is back");
    await sendsThrough(session, "and again");
    // Back among the living it may take its share again, under a new epoch: under the old one it says nothing more.
    const sent = [...first.lines, ...second.lines].filter(line => line.message === "message sent to whatsapp");
    expect(sent).toHaveLength(2);
    expect(sent.map(line => line.epoch)).not.toContain(1);
    const now = await hosts.read(session);
    expect(now.statuses.map(({ status }) => status)).not.toContain("disconnected");
  });

  it("that is told to stop drains and exits with 0", async () => {
    const host = await startProcess();
    const session = await hosts.linked("5511900000303");
    expect(await host.end("SIGTERM")).toBe(0);
    await host.said("drain ended");
    expect((await hosts.control.phone("5511900000303")).devices).toMatchObject([{ connected: false }]);
    await startProcess();
    await connectedUnder(session, 2);
    expect(await hosts.control.stats()).toMatchObject({ maxSocketsPerDevice: 1, replaced: 0 });
  });

  it("answers its health check, and says what it holds", async () => {
    const { healthPort, hostId } = await (await startProcess()).said("host started");
    await hosts.linked("5511900000304");
    const answer = await fetch(`http://127.0.0.1:${healthPort}/`);
    expect(answer.status).toBe(200);
    const whatsAppVersion = { claimed: expect.stringMatching(/^2\.3000\.\d+$/), old: false };
    expect(await answer.json()).toEqual({ hostId, shards: 4, sessions: { connected: 1 }, whatsAppVersion });
  });

  it("that lacks part of its environment says which in one line, and exits with 2", async () => {
    const { SHARD_COUNT: _missing, ...rest } = hosts.processEnvironment;
    const host = new HostProcess({ PATH: process.env.PATH ?? "", ...rest });
    const [code] = await once(host.child, "exit");
    expect(code).toBe(2);
    expect(host.stderr).toMatch(/^EnvironmentInvalid: environment is invalid: SHARD_COUNT: .*\n$/);
  });
});
