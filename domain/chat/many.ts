import { setTimeout as delay } from "node:timers/promises";
import { BatchGetCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import type { Jid } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";
import { type Chat, chatNamed } from "./chat.ts";

const batchMax = 100;
const triesMax = 8;

/** The chats behind many names, by name; a name never heard of is that of a chat of its own. */
export async function chatsOf(
  db: Db<"chats">,
  session: Pick<SessionRef, "id" | "tenantId">,
  jids: readonly Jid[],
): Promise<(jid: Jid) => Chat> {
  const table = db.table.chats;
  const found = new Map<string, Chat>();
  const names = [...new Set(jids)];
  for (let start = 0; start < names.length; start += batchMax) {
    let Keys: Record<string, unknown>[] = names
      .slice(start, start + batchMax)
      .map(jid => ({ pk: `${session.tenantId}#${session.id}`, sk: `alias#${jid}` }));
    for (let attempt = 1; Keys.length > 0; attempt++) {
      const RequestItems = { [table]: { Keys, ConsistentRead: true } };
      const answer = await db.client.send(new BatchGetCommand({ RequestItems }));
      for (const item of answer.Responses?.[table] ?? []) {
        const { name, chat } = chatNamed(item);
        found.set(name, chat);
      }
      Keys = answer.UnprocessedKeys?.[table]?.Keys ?? [];
      if (Keys.length > 0 && attempt >= triesMax) throw new Error(`${Keys.length} names were left unread`);
      if (Keys.length > 0) await delay(Math.random() * 20 * 2 ** attempt);
    }
  }
  return jid => found.get(jid) ?? { key: jid, id: jid };
}
