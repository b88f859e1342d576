import { setTimeout as delay } from "node:timers/promises";
import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { shardName, shardOf } from "../../domain/command/shard.ts";
import type { AwsFaults } from "./aws-faults.ts";
import type { Injected, LeaseEdited, Standstill } from "./history.ts";
import type { LinkedSession } from "./people.ts";
import type { FaultyProduct } from "./product.ts";
import { type Fault, inWords, type LeaseEdit, type Planned } from "./schedule.ts";

export interface InjectionOptions {
  readonly product: FaultyProduct;
  readonly aws: AwsFaults;
  readonly sessions: readonly LinkedSession[];
}

/** As the app has it unless an operator says otherwise. */
const shardCount = 64;

/** Does to a running product what a schedule says, and undoes what lasts. */
export class Injection {
  readonly injected: Injected[] = [];
  readonly standstills: Standstill[] = [];
  readonly spoilt = new Set<string>();
  readonly leaseEdits: LeaseEdited[] = [];
  readonly #options: InjectionOptions;
  readonly #stopped = new Map<number, { hostId: string; fromMs: number }>();
  readonly #lasting: Promise<unknown>[] = [];

  constructor(options: InjectionOptions) {
    this.#options = options;
  }

  get seen() {
    const { injected, standstills, spoilt, leaseEdits } = this;
    return { injected, standstills, spoilt, leaseEdits };
  }

  async run(schedule: readonly Planned[]): Promise<void> {
    const startedAtMs = performance.now();
    for (const { atMs, fault } of schedule) {
      await delay(Math.max(0, startedAtMs + atMs - performance.now()));
      await this.#inject(fault);
    }
    await Promise.all(this.#lasting);
  }

  /** Everything runs and answers again. */
  async end(): Promise<void> {
    for (const pid of [...this.#stopped.keys()]) this.#continue(pid);
    this.#options.aws.clear();
    await this.#options.product.whatsapp.call("DELETE", "/faults");
  }

  async #inject(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case "kill":
        return this.#signal(fault, fault.host, pid => void signalled(pid, "SIGKILL"));
      case "terminate":
        return this.#signal(fault, fault.host, pid => void signalled(pid, "SIGTERM"));
      case "stop":
        return this.#signal(fault, fault.host, (pid, hostId) => this.#stop(pid, hostId, fault.forMs));
      case "whatsapp": {
        const session = this.#sessionAt(fault.session);
        if (fault.fault.kind === "corrupt") this.spoilt.add(session.id);
        this.#note(fault, session.id);
        await this.#options.product.whatsapp.call("POST", "/faults", { number: session.number, ...fault.fault });
        if (fault.fault.kind === "delay") this.#lastingly(delay(2_000).then(() => this.#liftDelay()));
        return;
      }
      case "aws":
        this.#note(fault);
        this.#options.aws.begin(fault.fault);
        return this.#lastingly(delay(fault.forMs).then(() => this.#options.aws.end(fault.fault)));
      case "lease": {
        const session = this.#sessionAt(fault.session);
        this.#note(fault, session.id);
        return this.#editLease(shardOf(session.id, shardCount), fault.edit);
      }
      default:
        return fault satisfies never;
    }
  }

  /** A delay has no end of its own, and one that is ended takes all faults with it. */
  async #liftDelay(): Promise<void> {
    await this.#options.product.whatsapp.call("DELETE", "/faults");
  }

  async #signal(fault: Fault, place: number, act: (pid: number, hostId: string) => void): Promise<void> {
    const hosts = await this.#options.product.hosts();
    const host = hosts[place % Math.max(1, hosts.length)];
    if (host === undefined || this.#stopped.has(host.pid)) return;
    this.#note(fault, host.id);
    act(host.pid, host.id);
  }

  #stop(pid: number, hostId: string, forMs: number): void {
    if (!signalled(pid, "SIGSTOP")) return;
    this.#stopped.set(pid, { hostId, fromMs: Date.now() });
    this.#lastingly(delay(forMs).then(() => this.#continue(pid)));
  }

  #continue(pid: number): void {
    const stopped = this.#stopped.get(pid);
    if (stopped === undefined) return;
    this.#stopped.delete(pid);
    this.standstills.push({ ...stopped, toMs: Date.now() });
    signalled(pid, "SIGCONT");
  }

  async #editLease(shard: number, edit: LeaseEdit): Promise<void> {
    const { db, leasesTable } = this.#options.product;
    const Key = { pk: "lease", sk: shardName(shard) };
    const { Item } = await db.send(new GetCommand({ TableName: leasesTable, Key, ConsistentRead: true }));
    if (Item?.epoch === undefined) return;
    const sessionIds = this.#options.sessions.map(({ id }) => id).filter(id => shardOf(id, shardCount) === shard);
    this.leaseEdits.push({ atMs: Date.now(), sessionIds });
    const change = {
      drop: { UpdateExpression: "REMOVE #owner, #from", values: {} },
      raise: { UpdateExpression: "SET epoch = epoch + :one", values: { ":one": 1 } },
      "give away": {
        UpdateExpression: "SET #owner = :dead, epoch = epoch + :one REMOVE #from",
        values: { ":dead": "nobody", ":one": 1 },
      },
    }[edit];
    const names = { "#owner": "owner", "#from": "from" };
    const used = Object.entries(names).filter(([name]) => change.UpdateExpression.includes(name));
    const hasValues = Object.keys(change.values).length > 0;
    await db.send(
      new UpdateCommand({
        TableName: leasesTable,
        Key,
        UpdateExpression: change.UpdateExpression,
        ...(used.length > 0 && { ExpressionAttributeNames: Object.fromEntries(used) }),
        ...(hasValues && { ExpressionAttributeValues: change.values }),
      }),
    );
  }

  #sessionAt(place: number): LinkedSession {
    const { sessions } = this.#options;
    const session = sessions[place % sessions.length];
    if (session === undefined) throw new Error("there are no sessions");
    return session;
  }

  #note(fault: Fault, at = ""): void {
    this.injected.push({ atMs: Date.now(), what: `${inWords(fault)} ${at}`.trim() });
  }

  #lastingly(work: Promise<unknown>): void {
    this.#lasting.push(work);
  }
}

/** Signals a process; false where there is none any more: one that was told to end may do so at any moment, also now. */
function signalled(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}
