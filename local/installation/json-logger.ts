import type { LogFields, Logger } from "../aws/logger.ts";

const levels = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof levels)[number];

/** A logger that writes JSON lines, those of `level` and above. */
export function jsonLogger(write: (line: string) => void, level: LogLevel, now: () => number): Logger {
  const at =
    (lineLevel: LogLevel) =>
    (message: string, fields: LogFields = {}): void => {
      if (levels.indexOf(lineLevel) < levels.indexOf(level)) return;
      const line = { time: new Date(now()).toISOString(), level: lineLevel, message, ...readable(fields) };
      write(`${JSON.stringify(line)}\n`);
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

// JSON.stringify turns an Error into {}: the one thing a log line must not do.
const readable = (fields: LogFields): LogFields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, value instanceof Error ? describe(value) : value]),
  );

function describe(error: Error): LogFields {
  const cause = error.cause instanceof Error ? { cause: describe(error.cause) } : {};
  return { name: error.name, message: error.message, stack: error.stack, ...cause };
}
