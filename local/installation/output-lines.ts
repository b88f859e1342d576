import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import * as z from "zod";
import type { Logger } from "../aws/logger.ts";

const numericLevels: Readonly<Record<number, keyof Logger>> = {
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "error",
};
const JsonLine = z.looseObject({
  level: z
    .union([z.enum(["debug", "info", "warn", "error"]), z.number()])
    .optional()
    .catch(undefined),
});

/** Passes what a function or a child process prints on to the log, line by line, under the name of its source. */
export function logOutput(stream: Readable, source: string, log: Logger): void {
  createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", line => {
    if (line !== "") logLine(line, source, log);
  });
}

function logLine(line: string, source: string, log: Logger): void {
  const parsed = line.startsWith("{") ? JsonLine.safeParse(parseJson(line)) : undefined;
  if (parsed?.success !== true) {
    log.info("output", { source, line });
    return;
  }
  const { level = "info" } = parsed.data;
  const name = typeof level === "number" ? (numericLevels[level] ?? "info") : level;
  log[name]("output", { source, output: parsed.data });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    // A line that only looks like JSON is text.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
