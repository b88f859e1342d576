import { describe, expect, it } from "vitest";
import { queueUrlOfShard, shardName, shardOf } from "../../../domain/command/shard.ts";
import { newId } from "../../../domain/id.ts";

describe("shardOf", () => {
  it("is the same for the same session, and never changes between releases", () => {
    expect(shardOf("ses_01JD0000000000000000000000", 64)).toBe(shardOf("ses_01JD0000000000000000000000", 64));
    expect(["ses_01JD0000000000000000000000", "ses_01JD0000000000000000000001"].map(id => shardOf(id, 64))).toEqual([
      27, 34,
    ]);
  });

  it("spreads sessions over all shards", () => {
    const counts = new Map<number, number>();
    for (let made = 0; made < 6_400; made++) {
      const shard = shardOf(newId("ses", made), 64);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    expect(counts.size).toBe(64);
    expect(Math.max(...counts.values())).toBeLessThan(200);
  });
});

describe("a shard's queue", () => {
  it("differs from shard 0's in its three digits alone", () => {
    const zero = "https://sqs.eu-west-1.amazonaws.com/000000000000/wasaas-commands-000";
    expect(queueUrlOfShard(zero, 63)).toBe("https://sqs.eu-west-1.amazonaws.com/000000000000/wasaas-commands-063");
    expect(shardName(7)).toBe("007");
  });
});
