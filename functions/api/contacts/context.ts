import type { Now } from "../../../domain/clock.ts";
import type { StoredContact } from "../../../domain/contact/contact.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import type { EventTeller } from "../../event-teller.ts";
import type { Finder } from "../finder.ts";

/** What the endpoints of contacts work with. */
export interface ContactsContext {
  readonly db: Db<"contacts" | "events">;
  readonly contacts: Finder<StoredContact>;
  readonly events: EventTeller;
  readonly now: Now;
}
