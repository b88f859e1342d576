import { type Change, newContact, patchedContact } from "../../../domain/contact/change.ts";
import { contactRef, type GivenContact, publicContact } from "../../../domain/contact/contact.ts";
import { importedEvent } from "../../../domain/contact/list-event.ts";
import { readRow } from "../../../domain/contact/rows.ts";
import { saveRows } from "../../../domain/contact/save-rows.ts";
import { saveContact } from "../../../domain/contact/store.ts";
import { transact } from "../../../domain/dynamodb/transaction.ts";
import { NotFound } from "../../../domain/error.ts";
import { putEventRow } from "../../../domain/event/log.ts";
import type { Id } from "../../../domain/id.ts";
import { created, ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { ContactsContext } from "./context.ts";
import { contactRoutes } from "./routes.ts";

export const saveContacts = (context: ContactsContext) =>
  endpoint(contactRoutes.saveContacts, async ({ caller: { tenantId }, body, nowMs, newId }) => {
    const change = { cause: newId("evt"), nowMs };
    if ("contacts" in body) return ok(await saveList(context, tenantId, body.contacts, change));
    const { contact, isNew } = await saveOne(context, tenantId, body, change);
    return isNew ? created(publicContact(contact)) : ok(publicContact(contact));
  });

async function saveOne({ db, events }: ContactsContext, tenantId: Id<"ten">, given: GivenContact, change: Change) {
  const { phoneNumber, ...patch } = given;
  const saved = await saveContact(db, contactRef(tenantId, phoneNumber), change, before =>
    before === undefined ? newContact(tenantId, phoneNumber, patch, change) : patchedContact(before, patch, change),
  );
  if (saved === undefined) throw new NotFound();
  await events.tell(saved.events);
  return saved;
}

const failedShown = 1_000;

async function saveList(
  { db, events, now }: ContactsContext,
  tenantId: Id<"ten">,
  list: readonly unknown[],
  change: Change,
) {
  const rows = list.map((raw, index) => readRow(index, raw));
  const saved = await saveRows(
    db,
    tenantId,
    rows.filter(row => "given" in row),
    change,
  );
  const failed = [...rows.filter(row => "code" in row), ...saved.failed].sort((one, other) => one.index - other.index);
  const counts = { created: saved.created, updated: saved.updated, failedCount: failed.length };
  const told = { importId: null, total: list.length, ...counts };
  const event = importedEvent(tenantId, told, { ...change, nowMs: now() });
  await transact(db, [putEventRow(db, event)]);
  await events.tell([event]);
  return { ...counts, failed: failed.slice(0, failedShown) };
}
