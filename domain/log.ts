import { type Logger, pino } from "pino";

export type LogFields = Readonly<Record<string, unknown>>;

/** One fixed lower-case message plus fields: never a message's text, a phone number, a key or a QR. */
export interface Log {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with these fields on every line. */
  child(fields: LogFields): Log;
}

export interface LogOptions {
  /** Which part of the product speaks. */
  readonly name: string;
  /** `debug`, `info`, `warn` or `error`; `info` unless told. */
  readonly level?: string | undefined;
  /** Where lines go; stdout unless told. */
  readonly write?: ((line: string) => void) | undefined;
}

/**
 * Opens the log of this process: JSON lines on stdout. Errors are written with their code and the chain of their
 * causes. What people write and what opens doors is blanked by its field's name, and JIDs and phone numbers wherever they stand.
 */
export function openLog(options: LogOptions): Log {
  // Through process.stdout rather than file descriptor 1: in a worker thread the two are not the same.
  const write = options.write ?? (line => void process.stdout.write(line));
  const logger = pino(
    {
      level: options.level ?? "info",
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }), log: fields => withoutPeople(fields) },
    },
    { write },
  );
  return logOf(logger.child({ name: options.name }));
}

function logOf(logger: Logger): Log {
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    child: fields => logOf(logger.child(withoutPeople(fields))),
  };
}

const blankedFields = new Set(
  "text body caption phone phonenumber number jid lid chatid chatkey key apikey authorization secret token password qr qrcode pairingcode pushname payload".split(
    " ",
  ),
);
const blanked = "[blanked]";
const depthMax = 6;
const peoplePattern = /\d[\d-]{3,}(?::\d+)?@(?:s\.whatsapp\.net|lid|g\.us|c\.us)|\+\d{7,15}/g;

function withoutPeople(fields: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, fieldOf(name, value, 1)]));
}

function fieldOf(name: string, value: unknown, depth: number): unknown {
  const isWord = typeof value === "string" || (typeof value === "object" && value !== null && !Array.isArray(value));
  if (blankedFields.has(name.toLowerCase()) && isWord) return blanked;
  return loggable(value, depth);
}

function loggable(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.replaceAll(peoplePattern, "[person]");
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth > depthMax) return "[deeper]";
  if (value instanceof Error) return errorOf(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map(item => loggable(item, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, fieldOf(name, inner, depth + 1)]));
}

/** An error as fields. Its other own fields stay out: AWS errors carry whole items, and items carry people. */
function errorOf(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code =
    "code" in error && (typeof error.code === "string" || typeof error.code === "number") ? error.code : undefined;
  return {
    name,
    message: loggable(message, depth),
    ...(code === undefined ? {} : { code }),
    stack: loggable(stack, depth),
    ...(cause === undefined ? {} : { cause: loggable(cause, depth + 1) }),
  };
}
