import { removeApiKeys } from "../../domain/account/api-key-store.ts";
import type { StoredTenant } from "../../domain/account/tenant.ts";
import type { DeletionQueue, ErasedTable, Erasing, TenantDeletion } from "../../domain/account/tenant-deletion.ts";
import { findTenant, removeTenant } from "../../domain/account/tenant-store.ts";
import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { Log } from "../../domain/log.ts";
import type { MediaBucket } from "../../domain/media/bucket.ts";
import { eraseFiles } from "./erase-files.ts";
import { eraseRows } from "./erase-rows.ts";
import { unlinkSessions } from "./unlink-sessions.ts";

export interface Deleting {
  readonly db: Db<"accounts" | ErasedTable>;
  readonly bucket: MediaBucket;
  readonly queue: DeletionQueue;
  readonly removeGatewayKey: (tenant: StoredTenant) => Promise<void>;
  readonly now: Now;
  readonly mayGoOn: () => boolean;
  readonly log: Log;
}

/** Longer than a key goes on opening after its tenant is gone (the gateway's memory), and a request then takes. */
export const lastWritersMs = 120_000;
const lookAgainSeconds = 15;
const fromTheStart: Erasing = { table: "imports", after: null, found: 0 };

/**
 * One step of a tenant's deletion. Each ends by queueing the next, which says how far this one came:
 *
 *     unlinking sessions ──none left, nobody writes──▶ erasing, table by table ──nothing found──▶ gone
 *          └──some left──▶ (again in 15 s)                   └──some found──▶ (again from the first table)
 */
export async function carryOn(deps: Deleting, deletion: TenantDeletion): Promise<void> {
  const tenant = await findTenant(deps.db, deletion.tenantId);
  if (tenant?.status !== "deleting") return;
  if (deletion.erasing === null) return prepare(deps, tenant);
  const { finished, ...erasing } = await eraseRows(deps, tenant.id, deletion.erasing);
  if (!finished) return deps.queue.send({ tenantId: tenant.id, erasing }, 0);
  if (!(await eraseFiles(deps, tenant.id)) || erasing.found > 0) {
    return deps.queue.send({ tenantId: tenant.id, erasing: fromTheStart }, 0);
  }
  await deps.removeGatewayKey(tenant);
  await removeApiKeys(deps.db, tenant.id);
  await removeTenant(deps.db, tenant.id);
  deps.log.info("tenant deleted", { tenantId: tenant.id });
}

async function prepare(deps: Deleting, tenant: StoredTenant): Promise<void> {
  const { db, queue, now, log } = deps;
  const left = await unlinkSessions(db, tenant.id, now);
  const elapsedMs = now() - Date.parse(tenant.deletingSince ?? tenant.createdAt);
  if (left === 0 && elapsedMs >= lastWritersMs) {
    return queue.send({ tenantId: tenant.id, erasing: fromTheStart }, 0);
  }
  log.info("tenant deletion waits", { tenantId: tenant.id, sessions: left, elapsedMs });
  await queue.send({ tenantId: tenant.id, erasing: null }, lookAgainSeconds);
}
