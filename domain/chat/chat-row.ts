import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { pauseAfter, type TransactItem } from "../dynamodb/transaction.ts";
import { idOf } from "../id.ts";
import { isGroup, Jid, phoneOf } from "../jid.ts";
import { Message, type StoredMessage } from "../message/message.ts";

/** A chat as customers see it. */
export const PublicChat = z
  .object({
    id: z.string(),
    name: z.string().nullable(),
    phone: z.string().nullable(),
    lid: z.string().nullable(),
    isGroup: z.boolean(),
    unreadCount: z.int().min(0),
    lastMessage: Message.nullable().meta({ description: "Of a longer text, the first 1,000 characters." }),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Chat" });
export type PublicChat = z.infer<typeof PublicChat>;

/**
 * A chat as it is stored, from its first message on; a group without any may hold its key and name alone. It lasts as
 * long after its last activity as a message of then is kept.
 */
export const ChatRow = z.object({
  pk: z.string(),
  sk: z.string(),
  key: Jid,
  id: Jid,
  name: z.string().nullable().default(null),
  lid: z.string().nullable().default(null),
  unreadCount: z.int().default(0),
  lastMessageId: idOf("msg"),
  /** Where its last message is stored; absent: under the chat's own key. */
  lastMessageKey: Jid.optional(),
  /** The rows of its other names that were chats of their own until both were known to be one person. */
  absorbed: z.array(Jid).optional(),
  activeAt: z.iso.datetime(),
  /** Epoch seconds; absent where its messages are kept for good. DynamoDB deletes it within some days after. */
  ttl: z.int().optional(),
});
export type ChatRow = z.infer<typeof ChatRow>;

type ChatMessage = Pick<
  StoredMessage,
  "id" | "tenantId" | "sessionId" | "chatKey" | "chatId" | "direction" | "from" | "to" | "createdAt" | "ttl"
>;
const triesMax = 5;
const nameLengthMax = 200;

/** Shows a chat with the message that is about to be its last; one that something newer happened in stays as it is. */
export async function touchChat(db: Db<"chats">, message: ChatMessage) {
  const { ExpressionAttributeValues, ...update } = updateOf(db, message, message.createdAt, 0);
  const command = new UpdateCommand({
    ...update,
    ExpressionAttributeValues,
    ConditionExpression: "attribute_not_exists(activeAt) OR activeAt <= :at",
  });
  for (let attempt = 1; ; attempt++) {
    try {
      await db.client.send(command);
      return;
    } catch (error) {
      if (isConditionFailed(error)) return;
      // A message that comes in this moment holds the row for its transaction.
      const isHeld = error instanceof Error && error.name === "TransactionConflictException";
      if (!isHeld || attempt >= triesMax) throw error;
      await pauseAfter(attempt);
    }
  }
}

/** Notes what a chat is called; without `overwrite` only where nothing is known, and only of a chat that is there. */
export async function nameChat(
  db: Db<"chats">,
  chat: Pick<ChatMessage, "tenantId" | "sessionId" | "chatKey">,
  name: string,
  { overwrite }: { overwrite: boolean },
): Promise<void> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.chats,
        Key: keyOf(chat),
        UpdateExpression: "SET #name = :name",
        ConditionExpression: `attribute_exists(pk)${overwrite ? "" : " AND attribute_not_exists(#name)"}`,
        ExpressionAttributeNames: { "#name": "name" },
        ExpressionAttributeValues: { ":name": name.slice(0, nameLengthMax) },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}

/** The transaction item that shows a chat with a message that came in, or that the phone sent: put it beside the message. */
export function seenInChat(db: Db<"chats">, message: StoredMessage): TransactItem {
  return { Update: updateOf(db, message, message.updatedAt, message.direction === "inbound" ? 1 : 0) };
}

/**
 * The transaction item for a message that is read now: put it beside the reading. Its condition fails where nothing is
 * counted as unread, as in a chat that has expired: to write to that would bring it back without all that it was.
 */
export function readInChat(db: Db<"chats">, message: StoredMessage): TransactItem {
  return {
    Update: {
      TableName: db.table.chats,
      Key: keyOf(message),
      UpdateExpression: "ADD unreadCount :less",
      ConditionExpression: "unreadCount > :none",
      ExpressionAttributeValues: { ":less": -1, ":none": 0 },
    },
  };
}

const keyOf = ({ tenantId, sessionId, chatKey }: Pick<ChatMessage, "tenantId" | "sessionId" | "chatKey">) => ({
  pk: `${tenantId}#${sessionId}`,
  sk: `chat#${chatKey}`,
});

function updateOf(db: Db<"chats">, message: ChatMessage, at: string, unread: 0 | 1) {
  const inbound = message.direction === "inbound";
  const other = inbound ? message.from : message.to;
  const ofPerson = isGroup(message.chatKey) ? {} : { name: inbound ? other?.name : null, lid: other?.lid };
  const known = Object.entries(ofPerson).filter(([, value]) => value !== null && value !== undefined);
  const ttl = expiryAt(message, at);
  const fields = {
    key: message.chatKey,
    id: message.chatId,
    listPk: keyOf(message).pk,
    lastMessageId: message.id,
    lastMessageKey: message.chatKey,
    ...Object.fromEntries(known),
    ...(ttl === undefined ? {} : { ttl }),
  };
  const set = Object.keys(fields).map(name => `#${name} = :${name}`);
  return {
    TableName: db.table.chats,
    Key: keyOf(message),
    UpdateExpression: `SET activeAt = :at, ${set.join(", ")}${ttl === undefined ? " REMOVE #ttl" : ""} ADD unreadCount :unread`,
    ExpressionAttributeNames: Object.fromEntries([...Object.keys(fields), "ttl"].map(name => [`#${name}`, name])),
    ExpressionAttributeValues: {
      ":at": at,
      ":unread": unread,
      ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`:${name}`, value])),
    },
  };
}

/** When a chat expires in which something happened at a time: as much later as the message's own end is than it. */
function expiryAt({ ttl, createdAt }: Pick<ChatMessage, "ttl" | "createdAt">, at: string): number | undefined {
  return ttl === undefined ? undefined : ttl - secondsOf(createdAt) + secondsOf(at);
}

const secondsOf = (time: string) => Math.floor(Date.parse(time) / 1_000);

const textShownMax = 1_000;

/** The chat as the API gives it; `last` is its last message, where that is there. */
export function publicChat(row: ChatRow, last: StoredMessage | undefined): PublicChat {
  const text = last?.text?.slice(0, textShownMax) ?? null;
  return {
    id: row.id,
    name: row.name,
    phone: phoneOf(row.id),
    lid: row.lid,
    isGroup: isGroup(row.key),
    unreadCount: Math.max(0, row.unreadCount),
    lastMessage: last === undefined ? null : Message.parse({ ...last, text }),
    updatedAt: row.activeAt,
  };
}
