import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { isGroup, Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";

/**
 * One chat, however WhatsApp or a customer names it. `key` is what its new messages are stored under; `id` is what
 * customers call it: the phone number's JID where the number is known, the LID or group JID otherwise. `names` are all
 * it is known by, and what its messages may be stored under: a chat that was two keeps them where they were.
 */
export interface Chat {
  readonly key: Jid;
  readonly id: Jid;
  readonly names: readonly Jid[];
}

const Alias = z.object({ sk: z.string(), key: Jid, id: Jid, names: z.array(Jid).optional() });
type Owner = Pick<SessionRef, "id" | "tenantId">;

/** A chat, and the name of it that an item of the table holds. */
export function chatNamed(item: unknown): { name: string; chat: Chat } {
  const { sk, key, id, names } = Alias.parse(item);
  const name = Jid.parse(sk.slice("alias#".length));
  return { name, chat: { key, id, names: names ?? [...new Set([key, id, name])] } };
}

/** A chat that goes by one name. */
export function chatByName(jid: Jid): Chat {
  return { key: jid, id: jid, names: [jid] };
}

/** The chat behind any of its names; a name never heard of is the name of a chat of its own. */
export async function chatOf(db: Db<"chats">, session: Owner, jid: Jid): Promise<Chat> {
  if (isGroup(jid)) return chatByName(jid);
  const Key = { pk: `${session.tenantId}#${session.id}`, sk: `alias#${jid}` };
  const found = await db.client.send(new GetCommand({ TableName: db.table.chats, Key, ConsistentRead: true }));
  return found.Item === undefined ? chatByName(jid) : chatNamed(found.Item).chat;
}
