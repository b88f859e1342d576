import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { pauseAfter, transact } from "../dynamodb/transaction.ts";
import { DomainError, ValidationFailed } from "../error.ts";
import type { Id } from "../id.ts";
import { type Change, newContact, patchedContact } from "./change.ts";
import { contactRef, type GivenContact, type StoredContact } from "./contact.ts";
import { putContact } from "./item.ts";
import { contactsById } from "./read-many.ts";
import { type ContactRow, failedRow, type RowFailure } from "./rows.ts";

type ContactsDb = Db<"contacts">;

/** What became of some rows: each was a new number, a known one, or failed. */
export interface SavedRows {
  readonly created: number;
  readonly updated: number;
  readonly failed: readonly RowFailure[];
}

/** DynamoDB writes and reads at most so many items at once. */
const batchMax = 100;
const batchesAtOnce = 4;
const triesMax = 8;

/**
 * Saves rows as contacts: a new one for each new number, the rows merged in their order into those that are known. One
 * write a contact and no events. Whoever changes one of them meanwhile is neither lost nor overwritten. Doing it again
 * with the same cause and rows changes nothing and answers the same.
 */
export async function saveRows(
  db: ContactsDb,
  tenantId: Id<"ten">,
  rows: readonly ContactRow[],
  change: Change,
): Promise<SavedRows> {
  const groups = [...Map.groupBy(rows, ({ given }) => contactRef(tenantId, given.phoneNumber).id)];
  const batches = Array.from({ length: Math.ceil(groups.length / batchMax) }, (_, at) =>
    groups.slice(at * batchMax, (at + 1) * batchMax),
  );
  const results: SavedRows[] = [];
  const work = batches.values();
  const worker = async () => {
    for (const batch of work) results.push(await saveBatch(db, tenantId, new Map(batch), change));
  };
  await Promise.all(Array.from({ length: batchesAtOnce }, worker));
  return {
    created: results.reduce((sum, { created }) => sum + created, 0),
    updated: results.reduce((sum, { updated }) => sum + updated, 0),
    failed: results.flatMap(({ failed }) => failed).sort((one, other) => one.index - other.index),
  };
}

type Batch = ReadonlyMap<string, readonly ContactRow[]>;

/** All contacts of a batch are written or none: then somebody else was faster with one of them, and all are read again. */
async function saveBatch(db: ContactsDb, tenantId: Id<"ten">, batch: Batch, change: Change): Promise<SavedRows> {
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const known = await contactsById(db, tenantId, [...batch.keys()]);
    const plans = [...batch].map(([id, rows]) => planOf(tenantId, known.get(id), rows, change));
    if (await areWritten(db, plans)) {
      return {
        created: plans.reduce((sum, { created }) => sum + created, 0),
        updated: plans.reduce((sum, { updated }) => sum + updated, 0),
        failed: plans.flatMap(({ failed }) => failed),
      };
    }
    await pauseAfter(attempt);
  }
  throw new DomainError("unavailable", "The contacts are being changed by many requests at once.");
}

interface Plan extends SavedRows {
  readonly before: StoredContact | undefined;
  /** The same as `before` where there is nothing to write. */
  readonly after: StoredContact | undefined;
}

function planOf(
  tenantId: Id<"ten">,
  before: StoredContact | undefined,
  rows: readonly ContactRow[],
  change: Change,
): Plan {
  if (before?.changedBy === change.cause) {
    const created = before.revision === 1 ? 1 : 0;
    return { before, after: before, created, updated: rows.length - created, failed: [] };
  }
  let after = before;
  const failed: RowFailure[] = [];
  for (const { index, given } of rows) {
    try {
      after = merged(tenantId, after, given, change);
    } catch (error) {
      if (!(error instanceof ValidationFailed)) throw error;
      failed.push(failedRow(index, error.fields.map(({ message }) => `customFields: ${message}`).join("; ")));
    }
  }
  const created = before === undefined && after !== undefined ? 1 : 0;
  const updated = rows.length - failed.length - created;
  return { before, after: after === before ? before : revised(after, before), created, updated, failed };
}

function merged(tenantId: Id<"ten">, contact: StoredContact | undefined, given: GivenContact, change: Change) {
  const { phoneNumber, ...patch } = given;
  if (contact === undefined) return newContact(tenantId, phoneNumber, patch, change);
  return patchedContact(contact, patch, change);
}

/** However many rows went into it, it is one change. */
function revised(after: StoredContact | undefined, before: StoredContact | undefined): StoredContact | undefined {
  return after && { ...after, revision: (before?.revision ?? 0) + 1 };
}

async function areWritten(db: ContactsDb, plans: readonly Plan[]): Promise<boolean> {
  const writes = plans.flatMap(({ before, after }) =>
    after === undefined || after === before ? [] : [putContact(db, after, before)],
  );
  if (writes.length === 0) return true;
  try {
    await transact(db, writes);
    return true;
  } catch (error) {
    if (failedConditions(error) !== undefined) return false;
    throw error;
  }
}
