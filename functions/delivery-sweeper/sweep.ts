import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import { type DeliveryQueue, deliverCommand, lookCommand } from "../../domain/webhook/delivery-command.ts";
import {
  claimDue,
  type DueDelivery,
  dueDeliveries,
  dueMs,
  dueShards,
  lostMessageMs,
} from "../../domain/webhook/due.ts";
import { endpointOf, gateKey } from "../../domain/webhook/gate-store.ts";
import { nextLook } from "../../domain/webhook/line.ts";

export interface Sweeping {
  readonly db: Db<"deliveries">;
  readonly queue: DeliveryQueue;
  readonly now: Now;
  /** Whether there is time for another page of due deliveries. */
  readonly mayGoOn: () => boolean;
}

const pageSize = 25;
/** The sweep comes once a minute: what is due before the next one is queued now, held back until its time. */
const lookAheadMs = 60_000;

/** Queues the deliveries that are due, or soon will be. Two sweeps at once queue each of them once. Answers how many. */
export async function sweep(deps: Sweeping): Promise<number> {
  const counts = await Promise.all(Array.from({ length: dueShards }, (_, shard) => sweepShard(deps, shard)));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function sweepShard(deps: Sweeping, shard: number): Promise<number> {
  let queued = 0;
  while (deps.mayGoOn()) {
    const due = await dueDeliveries(deps.db, shard, deps.now() + lookAheadMs, pageSize);
    const taken = await Promise.all(due.map(delivery => take(deps, delivery)));
    const count = taken.filter(Boolean).length;
    queued += count;
    // A page of which nothing could be taken is another sweep's, or an index that has not caught up.
    if (due.length < pageSize || count === 0) break;
  }
  return queued;
}

async function take({ db, queue, now }: Sweeping, due: DueDelivery): Promise<boolean> {
  const nowMs = now();
  const startMs = Math.max(nowMs, dueMs(due));
  if (due.sk === gateKey) return takeLook({ db, queue }, due, startMs, nowMs);
  // Claimed before it is queued: were its message lost after that, the next look finds it again.
  const delivery = await claimDue(db, due, startMs + lostMessageMs);
  if (delivery === undefined) return false;
  await queue.send(deliverCommand(delivery), startMs - nowMs);
  return true;
}

/** The message of a look at an endpoint's line was lost: another one is queued. */
async function takeLook(
  { db, queue }: Pick<Sweeping, "db" | "queue">,
  due: DueDelivery,
  startMs: number,
  nowMs: number,
): Promise<boolean> {
  const endpoint = endpointOf(due);
  const look = await nextLook(db, endpoint, due.dueSk, startMs);
  if (look === undefined) return false;
  await queue.send(lookCommand(endpoint, look), startMs - nowMs);
  return true;
}
