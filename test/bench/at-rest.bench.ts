import { setTimeout as delay } from "node:timers/promises";
import { Customer } from "../journeys/customer.ts";
import { type Product, startProduct, temporaryData, wasaas } from "../journeys/product.ts";
import type { Bench, Figure } from "./bench.ts";
import { cpuSeconds, familyOf, residentMegabytes } from "./processes.ts";

const settleMs = 10_000;
const restMs = 60_000;
const requests = 10_000;
const clients = 16;
/** Environments that are idle are ended some seconds later. */
const calmMs = 30_000;

/** What `npm start` takes while nobody asks anything, and what it holds on to after it was asked a lot. */
export const bench: Bench = {
  promise: "at rest at most 2 s of CPU a minute and 600 MB; after 10,000 requests at most 800 MB",
  async run(say) {
    await using data = await temporaryData();
    await using product = await startProduct(data.path, "--fresh");
    const customer = await customerOf(product, data.path);
    await delay(settleMs);
    const pids = familyOf(product.pid);
    const before = sum(pids, cpuSeconds);
    say(`started, ${pids.length} processes; a minute of rest begins`);
    await delay(restMs);
    const cpu = sum(pids, cpuSeconds) - before;
    const memory = sum(pids, residentMegabytes);
    say(`${requests} requests begin`);
    const busy = sum(pids, cpuSeconds);
    await ask(customer, requests);
    const each = ((sum(pids, cpuSeconds) - busy) * 1_000) / requests;
    await delay(calmMs);
    const after = sum(pids, residentMegabytes);
    return [
      figure("CPU of a minute at rest (at most 2)", cpu, "s"),
      figure("memory at rest (at most 600)", memory, "MB"),
      figure(`memory after ${requests} requests (at most 800)`, after, "MB"),
      figure("CPU of a request", each, "ms"),
    ];
  },
};

/** A tenant that is never limited. */
async function customerOf({ ready }: Product, dataPath: string): Promise<Customer> {
  const plan = ["--name", "Bench", "--plan", "enterprise", "--rate-limit", "1000000"];
  const { id } = await wasaas(dataPath, "tenants", "create", ...plan);
  const { key } = await wasaas(dataPath, "keys", "create", "--tenant", String(id));
  return new Customer(ready.api, String(key));
}

async function ask(customer: Customer, count: number): Promise<void> {
  const paths = ["sessions", "contacts", "campaigns", "webhooks", "templates", "events", "usage", "keys"];
  let asked = 0;
  const client = async () => {
    while (asked < count) await customer.get(`/api/${paths[asked++ % paths.length]}`);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

const figure = (name: string, value: number, unit: string): Figure => ({ name, value, unit });
const sum = (pids: readonly number[], of: (pid: number) => number) => pids.reduce((all, pid) => all + of(pid), 0);
