import { expect, it } from "vitest";
import { Tries } from "../../socket-host/tries.ts";

const row = (place: number) => ({ key: `2#${place}` });

it("a wait holds for the connection it was begun on, and not for the next", () => {
  const tries = new Tries();
  expect(tries.isWaiting(row(1))).toBe(false);
  tries.postponed(row(1));
  expect(tries.isWaiting(row(1))).toBe(true);
  tries.beginAnew();
  expect(tries.isWaiting(row(1))).toBe(false);
});

it("a lost connection hardly counts, so that fifty of them do not use up ten tries, and five of them are one", () => {
  const tries = new Tries();
  const counted = Array.from({ length: 49 }, () => tries.lost(row(1))).filter(counts => counts);
  expect(counted).toHaveLength(9);
  expect(tries.lost(row(2))).toBe(false);
});

it("what is remembered is bounded", () => {
  const tries = new Tries();
  for (let place = 0; place < 2_001; place++) tries.postponed(row(place));
  expect(tries.isWaiting(row(0))).toBe(false);
  expect(tries.isWaiting(row(2_000))).toBe(true);
});
