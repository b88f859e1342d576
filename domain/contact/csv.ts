import { pipeline, Readable } from "node:stream";
import { CsvError, type Options, parse } from "csv-parse";
import { parse as parseSync } from "csv-parse/sync";
import * as z from "zod";
import { DomainError } from "../error.ts";

/** A CSV that cannot be read as contacts at all, however its rows are. */
export class CsvUnreadable extends DomainError {
  override readonly name = "CsvUnreadable";
  constructor(message: string, options: { cause?: unknown } = {}) {
    super("validation_failed", message, { ...options, fields: [{ path: "body", message }] });
  }
}

/** What a CSV's first line says: how fields are told apart, and what they are called. */
export interface CsvHeader {
  readonly delimiter: string;
  readonly columns: string[];
}

/** A longer record is one whose quote was never closed. */
const recordMax = 65_536;
const columnsMax = 200;
const delimiters = [",", ";", "\t"];

const options = {
  bom: true,
  record_delimiter: ["\r\n", "\n", "\r"],
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  max_record_size: recordMax,
} as const satisfies Options;

/** Reads the header from a CSV's beginning, which must hold all of its first line. Throws CsvUnreadable. */
export function readCsvHeader(beginning: string): CsvHeader {
  const candidates = delimiters.map(delimiter => ({
    delimiter,
    columns: parsedWhole(beginning, delimiter, 1)[0] ?? [],
  }));
  const [best] = candidates.sort((one, other) => other.columns.length - one.columns.length);
  if (best === undefined || best.columns.length > columnsMax) {
    throw new CsvUnreadable(`must begin with a header row of at most ${columnsMax} columns`);
  }
  requireUtf8(best.columns);
  const columns = best.columns.map(canonical);
  const twice = columns.find((name, at) => name !== "" && columns.indexOf(name) !== at);
  if (twice !== undefined) throw new CsvUnreadable(`must not have the column ${twice} twice`);
  if (!columns.includes("phoneNumber")) throw new CsvUnreadable("must have a column phone or phoneNumber");
  return { delimiter: best.delimiter, columns };
}

function parsedWhole(text: string, delimiter: string, to?: number): string[][] {
  try {
    return parseSync(text, { ...options, delimiter, ...(to === undefined ? {} : { to }) });
  } catch (error) {
    throw unreadable(error);
  }
}

const known = ["phoneNumber", "name", "email", "tags", "optedOut"];

/** The name of a column: of one we know in our own spelling, whatever its case. */
function canonical(name: string): string {
  const trimmed = name.trim();
  const lower = trimmed.toLowerCase();
  if (lower === "phone") return "phoneNumber";
  return known.find(each => each.toLowerCase() === lower) ?? trimmed;
}

/** All contacts of a CSV that is at hand as a whole. Throws CsvUnreadable. */
export function readCsv(text: string): Record<string, unknown>[] {
  const { delimiter, columns } = readCsvHeader(text);
  const [, ...records] = parsedWhole(text, delimiter);
  return records.map(fields => csvContact(columns, fields));
}

/** A record of a CSV, and how many bytes were read when it ended. */
export interface CsvRecord {
  readonly fields: readonly string[];
  readonly bytes: number;
}

const Parsed = z.object({ record: z.array(z.string()), info: z.object({ bytes: z.int() }) });

/**
 * The records of a CSV from a stream of its bytes, which may begin with any record; at the file's own beginning the
 * first is the header. Throws CsvUnreadable where what follows cannot be told apart any more.
 */
export async function* csvRecords(
  bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  delimiter: string,
): AsyncGenerator<CsvRecord> {
  const parser = parse({ ...options, delimiter, info: true });
  // What fails, here or in the source, ends the parser too, and is thrown by the loop below.
  pipeline(Readable.from(bytes, { objectMode: true }), parser, () => undefined);
  try {
    for await (const parsed of parser) {
      const { record, info } = Parsed.parse(parsed);
      requireUtf8(record);
      yield { fields: record, bytes: info.bytes };
    }
  } catch (error) {
    throw unreadable(error);
  }
}

/** What is not UTF-8 has been replaced where the bytes were made a text: it would spoil people's names. */
function requireUtf8(fields: readonly string[]): void {
  if (fields.some(field => field.includes("\uFFFD"))) throw new CsvUnreadable("is not CSV in UTF-8");
}

function unreadable(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const line = typeof error.lines === "number" ? ` near line ${error.lines}` : "";
  return new CsvUnreadable(`is no CSV${line}: is a quote not closed?`, { cause: error });
}

/**
 * A record as a client would give the contact in JSON: an empty field says nothing, and a column we do not know is a
 * custom field.
 */
export function csvContact(columns: readonly string[], fields: readonly string[]): Record<string, unknown> {
  const given: [string, unknown][] = [];
  const custom: [string, string][] = [];
  for (const [at, field] of fields.entries()) {
    const column = columns[at] ?? `column ${at + 1}`;
    const value = field.trim();
    if (value === "" || column === "") continue;
    // What stands under no column is a field of nobody's, and fails its row.
    if (known.includes(column) || at >= columns.length) given.push([column, cellOf(column, value)]);
    else custom.push([column, value]);
  }
  if (custom.length > 0) given.push(["customFields", Object.fromEntries(custom)]);
  return Object.fromEntries(given);
}

function cellOf(column: string, value: string): unknown {
  if (column === "tags")
    return value
      .split(/[,|]/)
      .map(tag => tag.trim())
      .filter(tag => tag !== "");
  return column === "optedOut" ? (booleans.get(value.toLowerCase()) ?? value) : value;
}

const booleans = new Map([
  ...["true", "1", "yes", "y"].map(word => [word, true] as const),
  ...["false", "0", "no", "n"].map(word => [word, false] as const),
]);
