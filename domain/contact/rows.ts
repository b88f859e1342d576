import type * as z from "zod";
import type { ErrorCode } from "../error.ts";
import { GivenContact } from "./contact.ts";

/** A row of a list of contacts: `index` counts from 0, a CSV's header not counted. */
export interface ContactRow {
  readonly index: number;
  readonly given: GivenContact;
}

/** Why a row became no contact. */
export interface RowFailure {
  readonly index: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Reads a row by itself, so that one that is wrong fails alone. */
export function readRow(index: number, raw: unknown): ContactRow | RowFailure {
  const read = GivenContact.safeParse(raw);
  return read.success ? { index, given: read.data } : failedRow(index, read.error.issues.map(worded).join("; "));
}

/** Enough to mend a row by; hundreds of them are kept as one item. */
const messageMax = 200;

export function failedRow(index: number, message: string): RowFailure {
  return { index, code: "validation_failed", message: message.slice(0, messageMax).toWellFormed() };
}

function worded({ path, message }: z.core.$ZodIssue): string {
  return path.length === 0 ? message : `${path.map(String).join(".")}: ${message}`;
}
