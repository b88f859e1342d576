import { readFileSync } from "node:fs";
import { afterEach } from "vitest";
import { watchedLogs } from "./watched-logs.ts";

const linesShown = 40;

// A setup file of the journeys: what a product said last tells more of a failure than what a test waited for.
afterEach(({ task }) => {
  if (task.result?.state !== "fail") return;
  for (const path of watchedLogs()) {
    process.stderr.write(`the product's log when "${task.name}" failed:\n${endOf(path)}\n`);
  }
});

/** The last warnings and errors, and the very last lines. */
function endOf(path: string): string {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  const grave = lines.filter(line => /"level":"(warn|error)"/.test(line)).slice(-linesShown);
  return [...grave, "…", ...lines.slice(-linesShown / 4)].join("\n");
}
