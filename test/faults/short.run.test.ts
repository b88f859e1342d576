import { expect, it } from "vitest";
import { shortPlan } from "./plans.ts";
import { runSeed } from "./run-seed.ts";
import { report } from "./timeline.ts";

it("loses, doubles and reorders nothing while hosts are killed and stopped, and AWS and WhatsApp fail", async () => {
  const result = await runSeed({ ...shortPlan, seed: 1 });
  expect(result.violations, report(result)).toEqual([]);
});
