import type { RowFailure } from "../contact/rows.ts";

/** The first line of the file of failed rows. */
export const failuresHeader = "index,code,message\r\n";

/** Failed rows as lines of CSV (RFC 4180). */
export function failureLines(failures: readonly RowFailure[]): string {
  return failures.map(({ index, code, message }) => `${index},${code},${quoted(message)}\r\n`).join("");
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
