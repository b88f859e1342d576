import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type * as z from "zod";

/**
 * A small document in one file of mode 0600. A save is atomic and on disk when it returns (write beside, fsync,
 * rename), so that a kill between two bytes leaves the old document, never half of one.
 */
export class DurableJson<T> {
  readonly #path: string;
  #value: T;

  constructor(path: string, schema: z.ZodType<T>, empty: T) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    const text = readIfThere(path);
    this.#value = text === undefined ? empty : schema.parse(JSON.parse(text));
  }

  get value(): T {
    return this.#value;
  }

  save(value: T): void {
    const beside = `${this.#path}.new`;
    const file = openSync(beside, "w", 0o600);
    writeSync(file, JSON.stringify(value));
    fsyncSync(file);
    closeSync(file);
    renameSync(beside, this.#path);
    this.#value = value;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
