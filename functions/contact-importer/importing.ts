import type { Now } from "../../domain/clock.ts";
import type { ImportQueue } from "../../domain/contact-import/import-queue.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { MediaBucket } from "../../domain/media/bucket.ts";
import type { EventTeller } from "../event-teller.ts";

/** What an import is carried on with. */
export interface Importing {
  readonly db: Db<"contacts" | "imports" | "events">;
  readonly bucket: MediaBucket;
  readonly queue: ImportQueue;
  readonly events: EventTeller;
  readonly now: Now;
  /** Whether there is time for another few hundred rows; the rest is for the next message. */
  readonly mayGoOn: () => boolean;
}
