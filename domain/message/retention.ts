import type { Session } from "../session/session.ts";

const daySeconds = 86_400;

/**
 * When a message may be deleted, in epoch seconds, by how long its tenant keeps messages: DynamoDB deletes it within
 * some days after. Undefined where it is kept for good.
 */
export function messageExpiry({ retentionDays }: Pick<Session, "retentionDays">, atMs: number): number | undefined {
  return retentionDays == null ? undefined : Math.floor(atMs / 1_000) + retentionDays * daySeconds;
}
