import { expect, it } from "vitest";
import { TokenBuckets } from "../../../local/gateway/token-bucket.ts";

it("lets a burst through, then as many as the rate refills, for each key apart", () => {
  let nowMs = 0;
  const buckets = new TokenBuckets(() => nowMs);
  const throttle = { rateLimit: 2, burstLimit: 3 };
  const take = (key: string): boolean => buckets.take(key, throttle);
  expect([take("a"), take("a"), take("a"), take("a")]).toEqual([true, true, true, false]);
  expect(take("b")).toBe(true);
  nowMs = 499;
  expect(take("a")).toBe(false);
  nowMs = 500;
  expect([take("a"), take("a")]).toEqual([true, false]);
  nowMs = 60_000;
  expect([take("a"), take("a"), take("a"), take("a")]).toEqual([true, true, true, false]);
});
