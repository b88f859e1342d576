import { type CsvRecord, csvRecords } from "../../domain/contact/csv.ts";
import type { ContactImport } from "../../domain/contact-import/contact-import.ts";
import type { MediaBucket } from "../../domain/media/bucket.ts";
import { uploadKey } from "../../domain/media/object-key.ts";
import { objectRanges } from "../../domain/media/object-ranges.ts";

/** The uploaded file of an import. */
export const fileOf = ({ tenantId, mediaId, size }: ContactImport) => ({
  key: uploadKey({ tenantId, id: mediaId }),
  size,
});

/** Its records from where the import has come to, each with the place in the file at which it ends. */
export async function* recordsOf(bucket: MediaBucket, held: ContactImport): AsyncGenerator<CsvRecord> {
  const bytes = objectRanges(bucket, fileOf(held), held.offset);
  for await (const record of csvRecords(bytes, held.header?.delimiter ?? ",")) {
    yield { ...record, bytes: held.offset + record.bytes };
  }
}
