import { memoryUsage } from "node:process";

/**
 * A socket host that tells its parent how much memory it holds on to: whenever it is asked, after all that is garbage
 * is gone. Run with `--expose-gc`, by `fork`.
 */
process.on("message", () => {
  globalThis.gc?.();
  process.send?.(memoryUsage().heapUsed);
});

await import("../../socket-host/main.ts");
