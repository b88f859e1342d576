import type { Now } from "../../../domain/clock.ts";
import type { StoredContact } from "../../../domain/contact/contact.ts";
import type { ContactImport } from "../../../domain/contact-import/contact-import.ts";
import type { ImportQueue } from "../../../domain/contact-import/import-queue.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import type { MediaBucket } from "../../../domain/media/bucket.ts";
import type { Upload } from "../../../domain/media/upload.ts";
import type { EventTeller } from "../../event-teller.ts";
import type { Finder } from "../finder.ts";
import type { SignedMedia } from "../signed-media.ts";

/** What the endpoints of contacts work with. */
export interface ContactsContext {
  readonly db: Db<"contacts" | "imports" | "events">;
  readonly contacts: Finder<StoredContact>;
  readonly imports: Finder<ContactImport>;
  readonly uploads: Finder<Upload>;
  readonly bucket: MediaBucket;
  readonly links: SignedMedia;
  readonly queue: ImportQueue;
  readonly events: EventTeller;
  readonly now: Now;
}
