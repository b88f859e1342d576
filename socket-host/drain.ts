import type { Db } from "../domain/dynamodb/db.ts";
import { removeHost } from "../domain/lease/store.ts";
import type { Log } from "../domain/log.ts";
import type { Host } from "./host.ts";
import type { LeaseRenewer } from "./lease-renewer.ts";
import type { LeaseTaker } from "./lease-taker.ts";
import { pause } from "./loop.ts";

export interface DrainOptions {
  readonly db: Db<"leases">;
  readonly hostId: string;
  readonly host: Host;
  readonly renewer: LeaseRenewer;
  readonly taker: LeaseTaker;
  readonly monotonic: () => number;
  readonly log: Log;
}

/** Below the stop timeout of the task definition, 120 s, after which ECS kills. */
const drainWithinMs = 110_000;
const lookEveryMs = 300;
/** Where the others take nothing for this long they cannot: what is left is closed and given back. */
const untakenForMs = 8_000;

/**
 * Leaves: says so, hands every shard to whoever takes it, session by session, and closes the rest. Afterwards this
 * host holds nothing and its row is gone, so that nobody waits for its leases to lapse.
 */
export async function drainHost(options: DrainOptions): Promise<void> {
  const { db, hostId, host, renewer, taker, log } = options;
  log.info("drain begins", { shards: host.heldShards.size, sessions: host.connections });
  taker.stopTaking();
  host.startDraining();
  try {
    await renewer.startDraining();
    await handOverAll(options);
  } catch (error) {
    // Without DynamoDB nothing can be handed over; what is held lapses, and others take it then.
    log.warn("drain cannot hand over", { error });
  }
  await host.closeAll();
  await host.settled();
  await removeHost(db, { id: hostId });
  log.info("drain ended");
}

async function handOverAll({ host, taker, monotonic, log }: DrainOptions): Promise<void> {
  const startedAtMs = monotonic();
  let left = host.heldShards.size;
  let movedAtMs = startedAtMs;
  while (host.heldShards.size > 0 && monotonic() - startedAtMs < drainWithinMs) {
    await taker.look(AbortSignal.timeout(5_000));
    const moving = host.leaving;
    if (host.heldShards.size < left || moving > 0) movedAtMs = monotonic();
    left = host.heldShards.size;
    if (moving === 0 && taker.staying.length === 0) return;
    if (monotonic() - movedAtMs > untakenForMs) return log.warn("nobody takes what is left", { shards: left });
    await pause(lookEveryMs, []);
  }
}
