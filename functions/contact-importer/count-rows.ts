import { CsvUnreadable } from "../../domain/contact/csv.ts";
import type { ContactImport } from "../../domain/contact-import/contact-import.ts";
import { takeStep } from "../../domain/contact-import/store.ts";
import { recordsOf } from "./import-file.ts";
import type { Importing } from "./importing.ts";

const rowsMax = 1_000_000;
const looksEvery = 1_000;

/**
 * Counts the rows before any is saved: progress is known from then on, and a file that cannot be read to its end changes
 * nothing. The last import it yields has its total, and begins at the file's beginning again.
 */
export async function* countRows(deps: Importing, before: ContactImport): AsyncGenerator<ContactImport> {
  let held = before;
  let { counted } = before;
  for await (const { bytes } of recordsOf(deps.bucket, before)) {
    counted++;
    if (counted > rowsMax + 1) throw new CsvUnreadable(`has more than ${rowsMax} rows`);
    if (counted % looksEvery !== 0 || deps.mayGoOn()) continue;
    const paused = await takeStep(deps.db, held, { counted, offset: bytes });
    if (paused === undefined) return;
    held = paused;
    yield held;
  }
  const done = await takeStep(deps.db, held, { counted, total: counted - 1, offset: 0 });
  if (done !== undefined) yield done;
}
