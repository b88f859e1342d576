import { type CsvHeader, readCsvHeader } from "../../domain/contact/csv.ts";
import type { ContactImport } from "../../domain/contact-import/contact-import.ts";
import type { MediaBucket } from "../../domain/media/bucket.ts";
import { objectRanges } from "../../domain/media/object-ranges.ts";
import { fileOf } from "./import-file.ts";

/** A header is a record, and no record may be longer. */
const headerBytesMax = 65_536;

/** Reads what the file's first line says. Throws CsvUnreadable. */
export async function readHeader(bucket: MediaBucket, held: ContactImport): Promise<CsvHeader> {
  const file = fileOf(held);
  const beginning = { ...file, size: Math.min(file.size, headerBytesMax) };
  const pieces = await Array.fromAsync(objectRanges(bucket, beginning, 0));
  return readCsvHeader(Buffer.concat(pieces).toString());
}
