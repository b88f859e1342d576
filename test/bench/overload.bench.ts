import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../eventually.ts";
import { Customer } from "../journeys/customer.ts";
import { type Product, startProduct, temporaryData, wasaas } from "../journeys/product.ts";
import { Simulator } from "../journeys/simulator.ts";
import { type Bench, type Figure, percentile } from "./bench.ts";

const sessions = 3;
const probeMs = 10_000;
const loadMs = Number(process.env.OVERLOAD_SECONDS ?? 120) * 1_000;
const times = 3;
/** One request in so many is a message, the others read. */
const sendEvery = 5;
const callerPatienceMs = 30_000;
const calmMs = 10_000;
const friend = "15550009811";

interface Heard {
  readonly status: number | "timed out";
  readonly retryAfter: string | null;
  readonly ms: number;
  /** The text of a message that was accepted. */
  readonly text: string | undefined;
}

/**
 * Asks a product for three times what it can carry. What it cannot do it refuses, in time and in so many words; its
 * sessions stay where they are, and what it accepted arrives once.
 */
export const bench: Bench = {
  promise:
    "three times the load for two minutes: no shard lost, nothing lost or doubled, 503 with Retry-After, then calm",
  async run(say) {
    await using data = await temporaryData();
    await using product = await startProduct(data.path, "--fresh");
    const whatsapp = new Simulator(product.ready.simulator);
    const customer = await customerOf(product, data.path);
    await whatsapp.phone(friend);
    const linked: string[] = [];
    for (let place = 0; place < sessions; place++) {
      linked.push(await customer.linkedSession(whatsapp, `1555000982${place}`, { name: `Load ${place}` }));
    }
    const asker = new Asker(customer, linked);
    const capacity = await capacityOf(asker);
    say(`it carries ${capacity.toFixed(0)} requests a second; ${times} times that begins`);
    const heard = await flood(asker, capacity * times);
    say(`${heard.length} requests were made`);
    const calmAfterMs = await untilCalm(asker);
    const accepted = [...asker.accepted];
    say(`${accepted.length} messages were accepted; they arrive`);
    const copies = await arrivals(whatsapp, accepted);
    return figuresOf({ capacity, heard, calmAfterMs, accepted, copies, log: readFileSync(product.logPath, "utf8") });
  },
};

/** A customer who does what its caller asks, once, and remembers which messages were accepted. */
class Asker {
  readonly accepted = new Set<string>();
  readonly #customer: Customer;
  readonly #sessions: readonly string[];
  #asked = 0;

  constructor(customer: Customer, sessionIds: readonly string[]) {
    this.#customer = customer;
    this.#sessions = sessionIds;
  }

  async ask(): Promise<Heard> {
    const place = this.#asked++;
    const text = place % sendEvery === 0 ? `message ${place}` : undefined;
    const startedMs = performance.now();
    const signal = AbortSignal.timeout(callerPatienceMs);
    const headers = { authorization: `Bearer ${this.#customer.key}`, "content-type": "application/json" };
    try {
      const answer = await fetch(`${this.#customer.api}/api/${text === undefined ? "sessions" : "messages/send"}`, {
        signal,
        headers,
        ...(text === undefined ? {} : { method: "POST", body: this.#message(place, text) }),
      });
      await answer.arrayBuffer();
      if (text !== undefined && answer.status === 202) this.accepted.add(text);
      const retryAfter = answer.headers.get("retry-after");
      return { status: answer.status, retryAfter, ms: performance.now() - startedMs, text };
    } catch (error) {
      if (!signal.aborted) throw error;
      return { status: "timed out", retryAfter: null, ms: performance.now() - startedMs, text };
    }
  }

  #message(place: number, text: string): string {
    return JSON.stringify({ sessionId: this.#sessions[place % this.#sessions.length], to: friend, text });
  }
}

async function customerOf({ ready }: Product, dataPath: string): Promise<Customer> {
  const plan = ["--name", "Bench", "--plan", "enterprise", "--rate-limit", "1000000"];
  const { id } = await wasaas(dataPath, "tenants", "create", ...plan);
  const { key } = await wasaas(dataPath, "keys", "create", "--tenant", String(id));
  return new Customer(ready.api, String(key));
}

/** Requests a second that a few callers get answered, each asking again as soon as it is. */
async function capacityOf(asker: Asker): Promise<number> {
  let answered = 0;
  const untilMs = performance.now() + probeMs;
  const caller = async () => {
    while (performance.now() < untilMs) {
      await asker.ask();
      answered++;
    }
  };
  await Promise.all(Array.from({ length: 4 }, caller));
  return (answered * 1_000) / probeMs;
}

/** Begins so many requests a second, however many are under way. */
async function flood(asker: Asker, perSecond: number): Promise<readonly Heard[]> {
  const asked: Promise<Heard>[] = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < loadMs) {
    const due = ((performance.now() - startedMs) * perSecond) / 1_000;
    while (asked.length < due) asked.push(asker.ask());
    await delay(10);
  }
  return Promise.all(asked);
}

/** Milliseconds until five requests in a row are answered within a second each. */
async function untilCalm(asker: Asker): Promise<number> {
  const startedMs = performance.now();
  let quick = 0;
  await eventually(
    "the API to be calm",
    async () => {
      const { status, ms } = await asker.ask();
      quick = typeof status === "number" && status < 300 && ms < 1_000 ? quick + 1 : 0;
      return quick === 5;
    },
    600_000,
  );
  return performance.now() - startedMs;
}

/** How often each accepted message reached the phone, once all have or none has come for a minute. */
async function arrivals(whatsapp: Simulator, accepted: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const arrived = new Map<string, number>();
  let lastNewMs = performance.now();
  await eventually(
    "the accepted messages to arrive",
    async () => {
      const before = arrived.size;
      for (const { text, copies } of await whatsapp.received(friend)) arrived.set(text ?? "", copies);
      if (arrived.size > before) lastNewMs = performance.now();
      return accepted.every(text => arrived.has(text)) || performance.now() - lastNewMs > 60_000;
    },
    3_600_000,
  );
  return arrived;
}

function figuresOf(run: {
  capacity: number;
  heard: readonly Heard[];
  calmAfterMs: number;
  accepted: readonly string[];
  copies: ReadonlyMap<string, number>;
  log: string;
}): readonly Figure[] {
  const { heard, accepted, copies, log } = run;
  const count = (of: (one: Heard) => boolean) => heard.filter(of).length;
  const refused = heard.filter(({ status }) => status === 503);
  const figure = (name: string, value: number, unit = "") => ({ name, value, unit });
  return [
    figure("capacity", run.capacity, "requests a second"),
    figure("asked for", heard.length / (loadMs / 1_000), "requests a second"),
    figure(
      "answered well",
      count(({ status }) => typeof status === "number" && status < 300),
      "requests",
    ),
    figure("refused with 503", refused.length, "requests"),
    figure("of them without Retry-After (none)", refused.filter(one => one.retryAfter === null).length, "requests"),
    figure(
      "timed out (none)",
      count(({ status }) => status === "timed out"),
      "requests",
    ),
    figure("answered otherwise (none)", count(isOdd), "requests"),
    figure(
      "p99 of the time to an answer",
      percentile(
        heard.map(({ ms }) => ms),
        99,
      ),
      "ms",
    ),
    figure(`calm after (at most ${calmMs})`, run.calmAfterMs, "ms"),
    figure("shards lost (none)", log.split('"shard lost"').length - 1, "shards"),
    figure("messages accepted", accepted.length, "messages"),
    figure("of them lost (none)", accepted.filter(text => !copies.has(text)).length, "messages"),
    figure("of them doubled (none)", accepted.filter(text => (copies.get(text) ?? 0) > 1).length, "messages"),
  ];
}

const isOdd = ({ status }: Heard) => typeof status === "number" && status >= 300 && status !== 503;
