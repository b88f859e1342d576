import { GetCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Chat } from "../chat/chat.ts";
import { seenInChat, touchChat } from "../chat/chat-row.ts";
import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { type TransactItem, transact, transactIf } from "../dynamodb/transaction.ts";
import { type EventRow, putEventRow } from "../event/log.ts";
import { type Id, idOf } from "../id.ts";
import { Jid } from "../jid.ts";
import type { MediaFetch, MessageSend, OutboxRow } from "../outbox/outbox.ts";
import { deleteOutboxRow, putOutboxRow } from "../outbox/store.ts";
import type { Cursors, Page } from "../page.ts";
import type { SessionRef } from "../session/session.ts";
import { countMessage } from "../usage/counter.ts";
import { countsOfStep } from "./counted.ts";
import { type MessageError, type MessageRef, StoredMessage, statusesBefore } from "./message.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;

const chatPartition = (ref: Pick<MessageRef, "tenantId" | "sessionId" | "chatKey">) =>
  `${ref.tenantId}#${ref.sessionId}#${ref.chatKey}`;
export const keyOf = (ref: MessageRef) => ({ pk: chatPartition(ref), sk: ref.id });

/** Where a message is found by WhatsApp's id: ours under `out`, an inbound one under `in#` and its sender. */
function pointerKey(session: Owner, waMessageId: string, side: string) {
  return { pk: `${session.tenantId}#${session.id}#wa#${waMessageId}`, sk: side };
}

/** The message, and what finds it by WhatsApp's id; each refuses to replace one. */
export function putMessage(db: Db<"messages">, message: StoredMessage, side: string): TransactItem[] {
  const owner = { tenantId: message.tenantId, id: message.sessionId };
  const { id: messageId, chatKey, ttl } = message;
  const pointer = { ...pointerKey(owner, message.waMessageId, side), messageId, chatKey, ttl };
  const absent = { TableName: db.table.messages, ConditionExpression: "attribute_not_exists(pk)" };
  return [{ Put: { ...absent, Item: { ...message, ...keyOf(message) } } }, { Put: { ...absent, Item: pointer } }];
}

export interface Acceptance {
  readonly message: StoredMessage;
  readonly row: MessageSend;
  readonly event: EventRow;
}

/** The transaction items that accept a message: the message, its pointer, its outbox row and its event. */
export function acceptanceOf(db: Db<"messages" | "outbox" | "events">, accepted: Acceptance): TransactItem[] {
  const { message, row, event } = accepted;
  return [...putMessage(db, message, "out"), putOutboxRow(db, row), putEventRow(db, event)];
}

/** Accepts a message for sending, all that belongs to it or nothing. */
export async function acceptMessage(
  db: Db<"messages" | "chats" | "outbox" | "events">,
  accepted: Acceptance,
): Promise<void> {
  // First, and by itself: many may write to one chat at once, and transactions on its row would refuse each other.
  await touchChat(db, accepted.message);
  await transact(db, acceptanceOf(db, accepted));
}

/**
 * Stores a message that came from WhatsApp, or that its owner wrote on the phone, with its event. Answers false where
 * it is there already: `sender` (the stanza's LID, else its number's JID) and WhatsApp's id name it for good. `fetch`
 * is what remains to be done for its file.
 */
export async function storeSeenMessage(
  db: Db<"messages" | "chats" | "events" | "usage" | "outbox">,
  seen: { message: StoredMessage; sender: string; event: EventRow | undefined; fetch?: MediaFetch | undefined },
): Promise<boolean> {
  const { message, sender } = seen;
  const event = seen.event === undefined ? [] : [putEventRow(db, seen.event)];
  const fetch = seen.fetch === undefined ? [] : [putOutboxRow(db, seen.fetch)];
  const inbound = message.direction === "inbound";
  const count = countMessage(db, message, inbound ? ["received"] : [], message.updatedAt);
  try {
    const side = inbound ? `in#${sender}` : "out";
    await transact(db, [...putMessage(db, message, side), ...event, ...fetch, seenInChat(db, message), ...count]);
    return true;
  } catch (error) {
    if (failedConditions(error)?.some(position => position <= 1)) return false;
    throw error;
  }
}

/** Reads one message, or undefined. */
export async function findMessage(db: Db<"messages">, ref: MessageRef): Promise<StoredMessage | undefined> {
  const found = await db.client.send(
    new GetCommand({ TableName: db.table.messages, Key: keyOf(ref), ConsistentRead: true }),
  );
  return found.Item === undefined ? undefined : StoredMessage.parse(found.Item);
}

/**
 * A session's message by its id alone, whatever chat it is in; undefined where there is none. The index follows the
 * table within moments: who knows the chat asks `findMessage`.
 */
export async function findMessageById(
  db: Db<"messages">,
  session: Owner,
  id: Id<"msg">,
): Promise<StoredMessage | undefined> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      IndexName: "byId",
      KeyConditionExpression: "id = :id",
      ExpressionAttributeValues: { ":id": id },
      Limit: 1,
    }),
  );
  const pk = z.object({ pk: z.string() }).optional().parse(answer.Items?.[0])?.pk;
  const start = `${session.tenantId}#${session.id}#`;
  if (pk === undefined || !pk.startsWith(start)) return undefined;
  const chatKey = Jid.parse(pk.slice(start.length));
  return findMessage(db, { tenantId: session.tenantId, sessionId: session.id, chatKey, id });
}

const Pointer = z.object({ messageId: idOf("msg"), chatKey: Jid });

/** The message this session sent (or its phone did) under a WhatsApp id: where receipts and retries lead. */
export async function findOutbound(
  db: Db<"messages">,
  session: Owner,
  waMessageId: string,
): Promise<StoredMessage | undefined> {
  const Key = pointerKey(session, waMessageId, "out");
  const found = await db.client.send(new GetCommand({ TableName: db.table.messages, Key, ConsistentRead: true }));
  if (found.Item === undefined) return undefined;
  const { messageId, chatKey } = Pointer.parse(found.Item);
  return findMessage(db, { tenantId: session.tenantId, sessionId: session.id, chatKey, id: messageId });
}

/**
 * Keeps the payload of a message before it is sent, and answers the one that counts: the first one kept, so that a
 * second try after a crash puts the same bytes on the wire under the same id.
 */
export async function keepPayload(db: Db<"messages">, ref: MessageRef, payload: Uint8Array): Promise<Uint8Array> {
  const answer = await db.client.send(
    new UpdateCommand({
      TableName: db.table.messages,
      Key: keyOf(ref),
      UpdateExpression: "SET payload = if_not_exists(payload, :payload)",
      ConditionExpression: "attribute_exists(pk)",
      ExpressionAttributeValues: { ":payload": payload },
      ReturnValues: "ALL_NEW",
    }),
  );
  return StoredMessage.parse(answer.Attributes).payload ?? payload;
}

export interface StatusStep {
  readonly message: StoredMessage;
  readonly status: "sent" | "delivered" | "read" | "played" | "failed";
  readonly error: MessageError | null;
  readonly at: string;
  readonly event: EventRow | undefined;
  /** The outbox row this ends: gone in the same transaction. */
  readonly endsRow: OutboxRow | undefined;
}

/**
 * Moves an outbound message forward, with its event and the end of its outbox row in one transaction. Answers false,
 * having written nothing, where it is already there or further: a late or repeated receipt is harmless.
 */
export async function advanceMessage(
  db: Db<"messages" | "outbox" | "events" | "usage">,
  step: StatusStep,
): Promise<boolean> {
  const before = statusesBefore(step.status);
  const names = before.map((_, position) => `:from${position}`);
  const update: TransactItem = {
    Update: {
      TableName: db.table.messages,
      Key: keyOf(step.message),
      UpdateExpression: "SET #status = :to, #error = :error, updatedAt = :at, timeline = list_append(timeline, :entry)",
      ConditionExpression: `#status IN (${names.join(", ")})`,
      ExpressionAttributeNames: { "#status": "status", "#error": "error" },
      ExpressionAttributeValues: {
        ":to": step.status,
        ":error": step.error,
        ":at": step.at,
        ":entry": [{ status: step.status, at: step.at }],
        ...Object.fromEntries(before.map((status, position) => [`:from${position}`, status])),
      },
    },
  };
  const event = step.event === undefined ? [] : [putEventRow(db, step.event)];
  const end = step.endsRow === undefined ? [] : [deleteOutboxRow(db, step.endsRow)];
  const count = countMessage(db, step.message, countsOfStep(step.message, step.status), step.at);
  return transactIf(db, [update, ...event, ...end, ...count]);
}

/** A chat's messages, newest first, both directions, under whichever of its names they are stored. */
export async function listMessages(
  db: Db<"messages">,
  owner: Pick<MessageRef, "tenantId" | "sessionId">,
  chat: Pick<Chat, "id" | "names">,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<StoredMessage>> {
  const before = page.cursor === undefined ? undefined : page.cursors.open(page.cursor).before;
  const { limit } = page;
  const pages = await Promise.all(chat.names.map(chatKey => newestUnder(db, { ...owner, chatKey }, { limit, before })));
  const all = pages.flatMap(({ data }) => data).sort((a, b) => (a.id < b.id ? 1 : -1));
  const data = all.slice(0, limit).map(message => ({ ...message, chatId: chat.id }));
  const last = data.at(-1);
  const more = (all.length > limit || pages.some(each => each.more)) && last !== undefined;
  return { data, nextCursor: more ? page.cursors.seal({ before: last.id }) : null };
}

/** Reads one message of a chat under whichever of its names it is stored, or undefined. */
export async function findInChat(
  db: Db<"messages">,
  owner: Pick<MessageRef, "tenantId" | "sessionId">,
  chat: Chat,
  id: MessageRef["id"],
): Promise<StoredMessage | undefined> {
  for (const chatKey of [chat.key, ...chat.names.filter(name => name !== chat.key)]) {
    const found = await findMessage(db, { ...owner, chatKey, id });
    if (found !== undefined) return { ...found, chatId: chat.id };
  }
  return undefined;
}

/** Says that a message goes to somebody under another spelling than it was accepted for. */
export async function redirectMessage(
  db: Db<"messages">,
  message: StoredMessage,
  to: Pick<StoredMessage, "chatId" | "to">,
): Promise<StoredMessage> {
  const update = new UpdateCommand({
    TableName: db.table.messages,
    Key: keyOf(message),
    UpdateExpression: "SET chatId = :chat, #to = :to",
    ConditionExpression: "attribute_exists(pk)",
    ExpressionAttributeNames: { "#to": "to" },
    ExpressionAttributeValues: { ":chat": to.chatId, ":to": to.to },
  });
  await db.client.send(update);
  return { ...message, ...to };
}

async function newestUnder(
  db: Db<"messages">,
  chat: Pick<MessageRef, "tenantId" | "sessionId" | "chatKey">,
  { limit, before }: { limit: number; before: string | undefined },
): Promise<{ data: StoredMessage[]; more: boolean }> {
  const pk = chatPartition(chat);
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      KeyConditionExpression: before === undefined ? "pk = :pk" : "pk = :pk AND sk < :before",
      ExpressionAttributeValues: { ":pk": pk, ...(before === undefined ? {} : { ":before": before }) },
      ScanIndexForward: false,
      // A message whose 202 was just given is in the list.
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  const data = (answer.Items ?? []).map(item => StoredMessage.parse(item));
  return { data, more: answer.LastEvaluatedKey !== undefined };
}
