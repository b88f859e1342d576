import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import { Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";
import { type Chat, chatByName, chatNamed } from "./chat.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
const partitionOf = (session: Owner) => `${session.tenantId}#${session.id}`;

/** The chats behind many names, by name; a name never heard of is that of a chat of its own. */
export async function chatsOf(db: Db<"chats">, session: Owner, jids: readonly Jid[]): Promise<(jid: Jid) => Chat> {
  const keys = [...new Set(jids)].map(jid => ({ pk: partitionOf(session), sk: `alias#${jid}` }));
  const aliases = (await readItems(db.client, db.table.chats, keys)).map(chatNamed);
  const found = new Map(aliases.map(({ name, chat }) => [name, chat]));
  return jid => found.get(jid) ?? chatByName(jid);
}

/** The place of a chat may be noted before there is anything in it. */
const Active = z.object({ key: Jid, activeAt: z.string().optional() });

/** Those of many chats, by their keys, in which a session has messages or had some. */
export async function chatsWithMessages(db: Db<"chats">, session: Owner, keys: readonly Jid[]): Promise<Set<Jid>> {
  const places = [...new Set(keys)].map(key => ({ pk: partitionOf(session), sk: `chat#${key}` }));
  const rows = (await readItems(db.client, db.table.chats, places)).map(item => Active.parse(item));
  return new Set(rows.flatMap(({ key, activeAt }) => (activeAt === undefined ? [] : [key])));
}
