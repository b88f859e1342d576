import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import type { Cursors, Page } from "../page.ts";
import { StoredContact } from "./contact.ts";
import { type Range, rangesOf } from "./ranges.ts";
import { contactsById } from "./read-many.ts";

type ContactsDb = Db<"contacts">;

export interface ContactQuery {
  readonly tag?: string | undefined;
  /** The start of a name or of a number. */
  readonly search?: string | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly cursors: Cursors;
}

/** Keys read for one page at most, where many are passed over; the cursor then goes on from there. */
const readMax = 1_000;
/** As many items as DynamoDB reads at once. */
const batchMax = 100;

/**
 * A tenant's contacts: all of them in the order of their ids; those with a tag; those a search finds by name, and
 * behind them those it finds by number. A page reads about as many keys as it shows, however many contacts there are,
 * except where a tag narrows a search by number: then at most a thousand, and a page may be short. See
 * docs/adr/0005-contacts.md.
 */
export async function listContacts(
  db: ContactsDb,
  tenantId: string,
  query: ContactQuery,
): Promise<Page<StoredContact>> {
  const seal = (last: Place) => query.cursors.seal({ ...last, range: String(last.range) });
  const from = query.cursor === undefined ? undefined : Place.parse(query.cursors.open(query.cursor));
  const data: StoredContact[] = [];
  let last: Place | undefined;
  let read = 0;
  const steps = walk(db, tenantId, rangesOf(tenantId, query), from, () => query.limit + 1 - data.length);
  for await (const { place, contact } of steps) {
    if (contact !== undefined && last !== undefined && data.length === query.limit) {
      return { data, nextCursor: seal(last) };
    }
    last = place;
    if (contact !== undefined) data.push(contact);
    if (++read >= readMax) return { data, nextCursor: seal(place) };
  }
  return { data, nextCursor: null };
}

/**
 * All contacts that have at least one of some tags, each once, as they are when they are read; with the place to go on
 * from behind each. Found through indexes, which are a moment late.
 */
export async function* contactsTagged(
  db: ContactsDb,
  tenantId: string,
  tags: readonly string[],
  after: Place | undefined,
): AsyncGenerator<{ readonly place: Place; readonly contact: StoredContact }> {
  const ranges = tags.flatMap(tag => rangesOf(tenantId, { tag }));
  for await (const { place, contact } of walk(db, tenantId, ranges, after, () => batchMax)) {
    if (contact !== undefined) yield { place, contact };
  }
}

const Place = z.object({ range: z.coerce.number().int(), sk: z.string(), sortKey: z.string() });
/** How far a listing has come: the range, and the key in it. */
export type Place = z.infer<typeof Place>;

interface Step {
  readonly place: Place;
  /** Undefined where the key is one to pass over: stale, or shown by an earlier range. */
  readonly contact: StoredContact | undefined;
}

async function* walk(
  db: ContactsDb,
  tenantId: string,
  ranges: readonly Range[],
  from: Place | undefined,
  wanted: () => number,
): AsyncGenerator<Step> {
  for (const [position, range] of ranges.entries()) {
    if (from !== undefined && position < from.range) continue;
    const belongs = (contact: StoredContact) =>
      range.holds(contact) && !ranges.slice(0, position).some(earlier => earlier.holds(contact));
    let after: Key | undefined = from?.range === position ? from : undefined;
    do {
      const size = range.isSparse ? batchMax : Math.min(batchMax, Math.max(wanted(), 1));
      const { items, more } = await itemsAfter(db, tenantId, range, after, size);
      const contacts = await contactsOf(db, tenantId, range, items);
      const keys = items.map(item => keyOf(item, range));
      for (const key of keys) {
        const contact = contacts.get(key.sk);
        yield { place: { range: position, ...key }, contact: contact && belongs(contact) ? contact : undefined };
      }
      after = more ? keys.at(-1) : undefined;
    } while (after !== undefined);
  }
}

type Item = Record<string, unknown>;
type Key = Pick<Place, "sk" | "sortKey">;

const keyOf = (item: Item, { index }: Range): Key =>
  z.object({ sk: z.string(), sortKey: z.string() }).parse({ sk: item.sk, sortKey: item[index?.sortKey ?? "sk"] });

async function itemsAfter(db: ContactsDb, tenantId: string, range: Range, after: Key | undefined, limit: number) {
  const { index, partition, prefix } = range;
  const names = {
    "#pk": index?.partitionKey ?? "pk",
    ...(prefix === undefined ? {} : { "#sk": index?.sortKey ?? "sk" }),
  };
  const inIndex = index && after && { [index.partitionKey]: partition, [index.sortKey]: after.sortKey };
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.contacts,
      IndexName: index?.name,
      KeyConditionExpression: prefix === undefined ? "#pk = :pk" : "#pk = :pk AND begins_with(#sk, :prefix)",
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: { ":pk": partition, ...(prefix === undefined ? {} : { ":prefix": prefix }) },
      // Indexes are read a moment late; the table itself is not.
      ConsistentRead: index === undefined,
      Limit: limit,
      ExclusiveStartKey: after && { pk: tenantId, sk: after.sk, ...inIndex },
    }),
  );
  return { items: answer.Items ?? [], more: answer.LastEvaluatedKey !== undefined };
}

/** The contacts behind what was read, as they are now: the indexes hold nothing but keys. */
async function contactsOf(db: ContactsDb, tenantId: string, { index }: Range, items: readonly Item[]) {
  if (index !== undefined)
    return contactsById(
      db,
      tenantId,
      items.map(item => String(item.sk)),
    );
  const contacts = items.map(item => StoredContact.parse(item));
  return new Map(contacts.map(contact => [String(contact.id), contact]));
}
