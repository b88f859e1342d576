import { isoTime } from "../clock.ts";
import { shardOf } from "../command/shard.ts";
import type { Id } from "../id.ts";
import { defaultLimits, type Session } from "./session.ts";

export interface NewSession {
  readonly id: Id<"ses">;
  readonly tenantId: Id<"ten">;
  readonly name?: string | null | undefined;
  readonly metadata?: Session["metadata"] | undefined;
  readonly limits?: Session["limits"] | undefined;
  readonly pairingNumber?: string | null | undefined;
  readonly proxy?: Uint8Array | null | undefined;
  readonly retentionDays?: number | null | undefined;
}

/** A session as it begins: nobody has linked it, and its shard is settled for life. */
export function newSession(fresh: NewSession, shardCount: number, nowMs: number): Session {
  const at = isoTime(nowMs);
  return {
    id: fresh.id,
    tenantId: fresh.tenantId,
    shard: shardOf(fresh.id, shardCount),
    name: fresh.name ?? null,
    metadata: fresh.metadata ?? {},
    limits: fresh.limits ?? defaultLimits,
    status: "starting",
    linked: false,
    qr: null,
    pairingCode: null,
    pairingNumber: fresh.pairingNumber ?? null,
    proxy: fresh.proxy ?? null,
    phone: null,
    lastDisconnect: null,
    restricted: null,
    lastInboundAt: null,
    statuses: [{ status: "starting", at }],
    createdAt: at,
    connectedAt: null,
    retentionDays: fresh.retentionDays ?? null,
    epoch: 0,
  };
}
