import { Readable } from "node:stream";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { isoTime } from "../../domain/clock.ts";
import { importedEvent } from "../../domain/contact/list-event.ts";
import type { ContactImport } from "../../domain/contact-import/contact-import.ts";
import { failuresHeader } from "../../domain/contact-import/failure-text.ts";
import { failuresOf, takeStep } from "../../domain/contact-import/store.ts";
import type { DomainError } from "../../domain/error.ts";
import { putEventRow } from "../../domain/event/log.ts";
import { importFailuresKey } from "../../domain/media/object-key.ts";
import type { Importing } from "./importing.ts";

/** Ends an import whose rows are all saved: the file of those that failed, then its status and its event at once. */
export async function* finish(deps: Importing, held: ContactImport): AsyncGenerator<ContactImport> {
  if (held.failedCount > 0) await writeFailures(deps, held);
  const nowMs = deps.now();
  const { id: importId, tenantId, created, updated, failedCount } = held;
  const counts = { importId, total: held.total ?? 0, created, updated, failedCount };
  const event = importedEvent(tenantId, counts, { cause: importId, nowMs });
  const items = [putEventRow(deps.db, event)];
  const done = await takeStep(deps.db, held, { status: "completed", finishedAt: isoTime(nowMs) }, { items });
  if (done === undefined) return;
  await deps.events.tell([event]);
  yield done;
}

/** Ends an import that cannot be carried on. What was saved of it stays. */
export async function giveUp(
  deps: Pick<Importing, "db" | "now">,
  held: ContactImport,
  why: DomainError,
): Promise<void> {
  const error = { code: why.code, message: why.message };
  await takeStep(deps.db, held, { status: "failed", error, finishedAt: isoTime(deps.now()) });
}

async function writeFailures({ db, bucket }: Importing, held: ContactImport): Promise<void> {
  const lines = async function* () {
    yield failuresHeader;
    yield* failuresOf(db, held);
  };
  await bucket.client.send(
    new PutObjectCommand({
      Bucket: bucket.name,
      Key: importFailuresKey(held),
      Body: Readable.from(lines(), { objectMode: false }),
      ContentLength: Buffer.byteLength(failuresHeader) + held.failuresBytes,
      ContentType: "text/csv; charset=utf-8",
    }),
  );
}
