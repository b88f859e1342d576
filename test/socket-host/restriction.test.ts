import { expect, it } from "vitest";
import { restrictedForMs } from "../../socket-host/restriction.ts";

it.each([
  [1, 60_000],
  [2, 120_000],
  [6, 1_920_000],
  [7, 3_600_000],
  [2_000, 3_600_000],
])("holds new people back after refusal number %i for %i ms", (times, ms) => {
  expect(restrictedForMs(times)).toBe(ms);
});
