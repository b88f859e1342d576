import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IdempotentRequest } from "../../../domain/idempotency/claim.ts";
import { keptMs } from "../../../domain/idempotency/row.ts";
import { type IdempotencyStore, idempotencyStore } from "../../../domain/idempotency/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";

let aws: EmulatedAws;
let store: IdempotencyStore;
/** How many of the next writes are done and answered with an error, as where the answer is lost. */
let answersToLose = 0;
beforeAll(async () => {
  aws = await emulatedAws({
    intercept: ({ action }) =>
      action === "PutItem" && answersToLose-- > 0 ? { error: "InternalServerError", afterwards: true } : undefined,
  });
  store = idempotencyStore(aws.db, secretBox(kmsDataKeys(aws.environment.ENCRYPTION_KEY_ARN ?? "")));
});
afterAll(() => aws[Symbol.asyncDispose]());

const now = Date.now();
let nth = 0;
const newRequest = (): IdempotentRequest => ({ tenantId: "ten_1", route: "r", key: `key ${++nth}`, bodyHash: "a" });

async function first(request: IdempotentRequest, at = now, leaseUntil = at + 10_000) {
  const claim = await store.claim(request, at, leaseUntil);
  if (claim.outcome !== "first") throw new Error(`expected the first claim, got ${claim.outcome}`);
  return claim;
}

describe("the idempotency store", () => {
  it("gives the key to one of many, and the rest wait", async () => {
    const request = newRequest();
    const claims = await Promise.all(Array.from({ length: 20 }, () => store.claim(request, now, now + 10_000)));
    const outcomes = claims.map(({ outcome }) => outcome).sort();
    expect(outcomes).toEqual(["first", ...Array.from({ length: 19 }, () => "in_progress")]);
  });

  it("gives the key to whoever took it, where the answer to that was lost", async () => {
    const request = newRequest();
    answersToLose = 1;
    const claim = await first(request);
    expect(answersToLose).toBeLessThan(0);
    expect(await store.claim(request, now, now + 10_000)).toEqual({ outcome: "in_progress" });
    await store.keep(claim, { status: 202, body: {} });
    expect(await store.claim(request, now, now + 10_000)).toMatchObject({ outcome: "replay" });
  });

  it("replays the kept answer, and nothing of it can be read in the table", async () => {
    const request = newRequest();
    const answer = { status: 202, body: { text: "my secret text" } };
    await store.keep(await first(request), answer);
    expect(await store.claim(request, now + 1, now + 10_000)).toEqual({ outcome: "replay", answer });
    const { Items } = await aws.db.client.send(new ScanCommand({ TableName: aws.db.table.idempotency }));
    const stored = JSON.stringify(Items, (_key, value) =>
      value instanceof Uint8Array ? Buffer.from(value).toString() : value,
    );
    expect(stored).not.toContain("my secret text");
  });

  it("lets one of many resume a freed key with its first seed, and anew for another body", async () => {
    const request = newRequest();
    const before = await first(request);
    await store.free(before);
    const claims = await Promise.all(Array.from({ length: 10 }, () => store.claim(request, now + 5, now + 10_000)));
    const resumed = claims.filter(claim => claim.outcome === "first");
    expect(resumed).toHaveLength(1);
    expect(resumed[0]).toMatchObject({ seed: before.seed, startedAtMs: now, resumed: true });
    if (resumed[0]) await store.free(resumed[0]);
    const fresh = await first({ ...request, bodyHash: "b" });
    expect(fresh.resumed).toBe(false);
    expect(fresh.seed).not.toBe(before.seed);
  });

  it("is free after its lease where the first run was never heard of again, and then ignores that run", async () => {
    const request = newRequest();
    const lost = await first(request);
    expect(await store.claim(request, now + 9_999, now + 20_000)).toEqual({ outcome: "in_progress" });
    const second = await first(request, now + 10_000);
    await store.keep(lost, { status: 500 });
    await store.free(lost);
    expect(await store.claim(request, now + 10_001, now + 20_000)).toEqual({ outcome: "in_progress" });
    await store.keep(second, { status: 201, body: "second" });
    const answer = { status: 201, body: "second" };
    expect(await store.claim(request, now + 10_002, now + 20_000)).toEqual({ outcome: "replay", answer });
  });

  it("forgets a key after 24 hours, whether or not it was swept", async () => {
    const request = newRequest();
    const before = await first(request);
    await store.keep(before, { status: 200 });
    const after = await first(request, now + keptMs);
    expect(after.resumed).toBe(false);
    expect(after.seed).not.toBe(before.seed);
  });
});
