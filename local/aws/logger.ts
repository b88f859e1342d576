export type LogFields = Readonly<Record<string, unknown>>;

/** One fixed lower-case message plus fields; never a secret, a body or a key. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}
