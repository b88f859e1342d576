/** Where commands write: a person's text, or one line of JSON alone on stdout. */
export interface Output {
  /** What was made: its one important word on stdout, the rest beside it on stderr. */
  made(word: string, note: string, whole: unknown): void;
  list(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): void;
}

export interface Streams {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

export function outputOf(json: boolean, { out, err }: Streams): Output {
  if (json) {
    const line = (value: unknown) => out(`${JSON.stringify(value)}\n`);
    return { made: (_word, _note, whole) => line(whole), list: (_columns, data) => line({ data }) };
  }
  return {
    made(word, note) {
      out(`${word}\n`);
      err(`${note}\n`);
    },
    list: (columns, rows) => out(table(columns, rows)),
  };
}

/** Columns wide enough for their longest cell, two spaces between them. */
function table(columns: readonly string[], rows: readonly Readonly<Record<string, unknown>>[]): string {
  const cells = [columns, ...rows.map(row => columns.map(column => cellOf(row[column])))];
  const widths = columns.map((_, position) => Math.max(...cells.map(row => (row[position] ?? "").length)));
  const lines = cells.map(row => row.map((cell, position) => cell.padEnd(widths[position] ?? 0)).join("  "));
  return lines.map(line => `${line.trimEnd()}\n`).join("");
}

function cellOf(value: unknown): string {
  return value === null || value === undefined ? "-" : String(value);
}
