import { type CsvRecord, csvContact } from "../../domain/contact/csv.ts";
import { readRow } from "../../domain/contact/rows.ts";
import { saveRows } from "../../domain/contact/save-rows.ts";
import type { ContactImport } from "../../domain/contact-import/contact-import.ts";
import { failureLines } from "../../domain/contact-import/failure-text.ts";
import { takeStep } from "../../domain/contact-import/store.ts";
import { recordsOf } from "./import-file.ts";
import type { Importing } from "./importing.ts";

const chunkRows = 500;

/** Saves the rows from where the import has come to, a chunk a step. */
export async function* saveChunks(deps: Importing, before: ContactImport): AsyncGenerator<ContactImport> {
  let held = before;
  let chunk: CsvRecord[] = [];
  let isHeader = before.offset === 0;
  for await (const record of recordsOf(deps.bucket, before)) {
    if (!isHeader) chunk.push(record);
    isHeader = false;
    if (chunk.length < chunkRows && held.processed + chunk.length !== held.total) continue;
    const saved = await saveChunk(deps, held, chunk);
    if (saved === undefined) return;
    held = saved;
    chunk = [];
    yield held;
  }
}

/**
 * A chunk is the same rows whoever takes the step and however often, and is saved under a cause of its own: what was
 * done of it before a crash is known to be done, and counts the same.
 */
async function saveChunk({ db, now }: Importing, held: ContactImport, chunk: readonly CsvRecord[]) {
  const { tenantId, id, processed, header } = held;
  const rows = chunk.map(({ fields }, at) => readRow(processed + at, csvContact(header?.columns ?? [], fields)));
  const given = rows.filter(row => "given" in row);
  const saved = await saveRows(db, tenantId, given, { cause: `${id}#${processed}`, nowMs: now() });
  const failed = [...rows.filter(row => "code" in row), ...saved.failed].sort((one, other) => one.index - other.index);
  const counts = {
    processed: processed + chunk.length,
    created: held.created + saved.created,
    updated: held.updated + saved.updated,
    failedCount: held.failedCount + failed.length,
    offset: chunk.at(-1)?.bytes ?? held.offset,
  };
  return takeStep(db, held, counts, { failures: failureLines(failed) });
}
