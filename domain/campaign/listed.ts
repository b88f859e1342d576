import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { deleteItems } from "../dynamodb/delete-items.ts";
import type { StoredAudience } from "./audience.ts";
import type { CampaignRef } from "./campaign.ts";
import { partOf } from "./item.ts";

type CampaignsDb = Db<"campaigns">;
type Listed = Extract<StoredAudience, { kind: "contacts" | "recipients" }>;

/** An item holds 400 kB. */
const partBytesMax = 300_000;

const partKey = (ref: CampaignRef, list: string, part: number) => ({
  pk: partOf(ref),
  sk: `audience#${list}#${String(part).padStart(4, "0")}`,
});

/** Stores a list of ids or recipients in as many items as it takes; answers how many. Doing it again changes nothing. */
export async function storeList(
  db: CampaignsDb,
  ref: CampaignRef,
  list: string,
  entries: readonly unknown[],
): Promise<number> {
  const parts = partsOf(entries);
  for (const [part, lines] of parts.entries()) {
    const Item = { ...partKey(ref, list, part), entries: lines };
    await db.client.send(new PutCommand({ TableName: db.table.campaigns, Item }));
  }
  return parts.length;
}

/** Each entry as JSON, as many to a part as it holds. */
function partsOf(entries: readonly unknown[]): string[][] {
  const parts: string[][] = [];
  let left = 0;
  for (const entry of entries) {
    const line = JSON.stringify(entry);
    const bytes = Buffer.byteLength(line);
    if (bytes > left) {
      parts.push([]);
      left = partBytesMax;
    }
    parts.at(-1)?.push(line);
    left -= bytes;
  }
  return parts;
}

const Part = z.object({ entries: z.array(z.string()) });

/** The entries of a list, in their order. */
export async function* listEntries(
  db: CampaignsDb,
  ref: CampaignRef,
  { list, parts }: Pick<Listed, "list" | "parts">,
): AsyncGenerator<unknown> {
  for (let part = 0; part < parts; part++) {
    const Key = partKey(ref, list, part);
    const { Item } = await db.client.send(new GetCommand({ TableName: db.table.campaigns, Key, ConsistentRead: true }));
    for (const line of Part.parse(Item).entries) yield JSON.parse(line);
  }
}

/** Erases a list that no campaign names any more. */
export async function eraseList(
  db: CampaignsDb,
  ref: CampaignRef,
  { list, parts }: Pick<Listed, "list" | "parts">,
): Promise<void> {
  const keys = Array.from({ length: parts }, (_, part) => partKey(ref, list, part));
  await deleteItems(db.client, db.table.campaigns, keys);
}
