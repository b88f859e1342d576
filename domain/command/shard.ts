import { createHash } from "node:crypto";

/** The shard a session belongs to for life: the session row stores it, so a changed shard count moves nobody. */
export function shardOf(sessionId: string, shardCount: number): number {
  return createHash("sha256").update(sessionId).digest().readUInt32BE(0) % shardCount;
}

/** `007`: shards are named with three digits, in queue names and keys alike. */
export function shardName(shard: number): string {
  return String(shard).padStart(3, "0");
}

/** The queue URL of a shard, from that of shard 0: their names differ in the last three digits alone. */
export function queueUrlOfShard(urlOfShard0: string, shard: number): string {
  return urlOfShard0.replace(/000$/, shardName(shard));
}
