import { isoTime } from "../clock.ts";
import { type EventRow, eventRow } from "../event/log.ts";
import { derivedId, type Id } from "../id.ts";
import type { Change } from "./change.ts";

/** What became of a whole list of contacts; `importId` is null where it came within the request. */
export interface ImportedList {
  readonly importId: Id<"imp"> | null;
  readonly total: number;
  readonly created: number;
  readonly updated: number;
  readonly failedCount: number;
}

/** One event for a list of contacts, however long: it tells the counts, and no contact of it has an event of its own. */
export function importedEvent(tenantId: Id<"ten">, list: ImportedList, { cause, nowMs }: Change): EventRow {
  const event = {
    id: derivedId("evt", [tenantId, "contact.imported", cause]),
    type: "contact.imported" as const,
    createdAt: isoTime(nowMs),
    tenantId,
    sessionId: null,
    sequence: 0,
    metadata: {},
    data: { ...list },
  };
  return eventRow(event, nowMs);
}
