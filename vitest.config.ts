import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

// Every test file and every process that one starts loads the same packages: what is compiled of them is kept between
// them, where Node itself would keep it.
process.env.NODE_COMPILE_CACHE ??= join(tmpdir(), "node-compile-cache");

// `unit` is the quick loop, whose files share their processes and what those have loaded. `integration` starts real
// emulators or the simulated WhatsApp inside the test process, `journeys` enters the whole product by its front door, most
// of them one product that they share. Both mostly wait (for leases to run out, for retries), so they run together, and more
// of their files at once than there are cores. `faults` is the short, seed-fixed run of `npm run test:faults`, alone, since
// it is about what a busy machine does to it. No test is tried twice.
const filesAtOnce = 5;

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.integration.test.ts", "test/journeys/**", "test/faults/*.run.test.ts"],
          testTimeout: 20_000,
          isolate: false,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/**/*.integration.test.ts"],
          exclude: ["test/journeys/**"],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "journeys",
          include: ["test/journeys/**/*.test.ts"],
          globalSetup: ["test/journeys/shared-product.setup.ts"],
          setupFiles: ["test/journeys/report-failures.ts"],
          testTimeout: 180_000,
          hookTimeout: 120_000,
          maxWorkers: filesAtOnce,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/*.run.test.ts"],
          testTimeout: 400_000,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
