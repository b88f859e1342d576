import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { Jid } from "../jid.ts";

/** What WhatsApp said of a number that has two spellings: the account's own, or null where neither has one. */
export const KnownSpelling = z.object({ jid: Jid.nullable(), ttl: z.int() });
export type KnownSpelling = z.infer<typeof KnownSpelling>;

const keyOf = (tenantId: string, asked: Jid) => ({ pk: `${tenantId}#numbers`, sk: `number#${asked}` });
const foundForSeconds = 7 * 86_400;
/** Somebody may join WhatsApp at any time. */
const noneForSeconds = 600;

/** An answer until when it counts; `ttl` is in epoch seconds. */
export function knownSpelling(jid: Jid | null, nowMs: number): KnownSpelling {
  return { jid, ttl: Math.floor(nowMs / 1_000) + (jid === null ? noneForSeconds : foundForSeconds) };
}

/** What was said of a number to any session of the tenant, as long as it counts. */
export async function findSpelling(
  db: Db<"chats">,
  tenantId: string,
  asked: Jid,
  nowMs: number,
): Promise<KnownSpelling | undefined> {
  const found = await db.client.send(new GetCommand({ TableName: db.table.chats, Key: keyOf(tenantId, asked) }));
  if (found.Item === undefined) return undefined;
  const known = KnownSpelling.parse(found.Item);
  return known.ttl * 1_000 > nowMs ? known : undefined;
}

export async function keepSpelling(db: Db<"chats">, tenantId: string, asked: Jid, known: KnownSpelling): Promise<void> {
  const Item = { ...keyOf(tenantId, asked), ...known };
  await db.client.send(new PutCommand({ TableName: db.table.chats, Item }));
}
