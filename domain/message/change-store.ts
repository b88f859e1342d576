import { GetCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { readInChat } from "../chat/chat-row.ts";
import { failedConditions } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { deleteItems } from "../dynamodb/delete-items.ts";
import { type TransactItem, transact, transactIf } from "../dynamodb/transaction.ts";
import { type EventRow, putEventRow } from "../event/log.ts";
import type { ChangeRow } from "../outbox/outbox.ts";
import { deleteOutboxRow } from "../outbox/store.ts";
import type { SessionRef } from "../session/session.ts";
import type { MessageRef, StoredMessage } from "./message.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
type ChatRef = Pick<MessageRef, "tenantId" | "sessionId" | "chatKey">;
/** The chat of a change, and when the message that it changes may be deleted. */
type ChangedIn = ChatRef & Pick<StoredMessage, "ttl">;
const pointersOf = (session: Owner, waMessageId: string) => `${session.tenantId}#${session.id}#wa#${waMessageId}`;
const changesOf = (chat: ChatRef) => `${chat.tenantId}#${chat.sessionId}#${chat.chatKey}#changes`;

/**
 * What is kept of a change under WhatsApp's id of it, once: `side` is `change` for one of ours, else `seen#` and who
 * made it. A second item under its chat finds it again when the chat is erased. Both end with the message.
 */
function noteOf(
  db: Db<"messages">,
  chat: ChangedIn,
  waMessageId: string,
  note: { side: string; payload?: Uint8Array },
) {
  const owner = { tenantId: chat.tenantId, id: chat.sessionId };
  const { side, payload } = note;
  const TableName = db.table.messages;
  const items: TransactItem[] = [
    {
      Put: {
        TableName,
        Item: { pk: pointersOf(owner, waMessageId), sk: side, payload, ttl: chat.ttl },
        ConditionExpression: "attribute_not_exists(pk)",
      },
    },
    { Put: { TableName, Item: { pk: changesOf(chat), sk: waMessageId, ttl: chat.ttl } } },
  ];
  return items;
}

const Kept = z.object({ payload: z.instanceof(Uint8Array) });

/** The payload of a change that this session made, for a retry receipt; undefined where the id is none of a change. */
export async function changePayload(
  db: Db<"messages">,
  session: Owner,
  waMessageId: string,
): Promise<Uint8Array | undefined> {
  const Key = { pk: pointersOf(session, waMessageId), sk: "change" };
  const found = await db.client.send(new GetCommand({ TableName: db.table.messages, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : Kept.parse(found.Item).payload;
}

/** Keeps a change's payload before it is sent, and answers the one that counts: the first one kept. */
export async function keepChangePayload(
  db: Db<"messages">,
  chat: ChangedIn,
  waMessageId: string,
  payload: Uint8Array,
): Promise<Uint8Array> {
  if (await transactIf(db, noteOf(db, chat, waMessageId, { side: "change", payload }))) return payload;
  const owner = { tenantId: chat.tenantId, id: chat.sessionId };
  return (await changePayload(db, owner, waMessageId)) ?? payload;
}

export interface ChangeStep {
  readonly before: StoredMessage;
  readonly after: StoredMessage;
  readonly event: EventRow;
  /** What was asked for, and is done by this: gone in the same transaction. */
  readonly endsRow?: ChangeRow;
  /** A change that came in: WhatsApp's id of it, and who made it. */
  readonly seen?: { readonly waMessageId: string; readonly sender: string };
}

/**
 * Writes what became of a message with its event. Answers false, having written nothing, where this change was written
 * before; throws `MessageMoved` where the message is not as it was read any more.
 */
export async function writeChange(
  db: Db<"messages" | "chats" | "outbox" | "events">,
  step: ChangeStep,
): Promise<boolean> {
  const { before, endsRow, seen } = step;
  const once: TransactItem[] = [
    ...(endsRow === undefined ? [] : [onlyIfThere(deleteOutboxRow(db, endsRow))]),
    ...(seen === undefined ? [] : noteOf(db, before, seen.waMessageId, { side: `seen#${seen.sender}` })),
  ];
  const write = [updateOf(db, step), putEventRow(db, step.event), ...once];
  const isReading = before.status === "received" && step.after.status === "read";
  const outcome = await outcomeOf(db, step, write, isReading ? [readInChat(db, before)] : []);
  return (outcome === "not counted" ? await outcomeOf(db, step, write, []) : outcome) === "written";
}

/** `not counted`: nothing but `unread`, which comes last, stands in the way. */
async function outcomeOf(
  db: Db<"messages" | "chats" | "outbox" | "events">,
  { before }: ChangeStep,
  write: readonly TransactItem[],
  unread: readonly TransactItem[],
): Promise<"written" | "there already" | "not counted"> {
  try {
    await transact(db, [...write, ...unread]);
    return "written";
  } catch (error) {
    const failed = failedConditions(error);
    if (failed === undefined) throw error;
    if (failed.some(position => position >= 2 && position < write.length)) return "there already";
    if (failed.some(position => position < 2)) throw new MessageMoved(before.id, { cause: error });
    return "not counted";
  }
}

/** The message was written to in between: reading it again and trying again is right. */
class MessageMoved extends Error {
  override readonly name = "MessageMoved";
  readonly code = "message_moved";
  constructor(id: string, options: { cause: unknown }) {
    super(`message ${id} is not as it was read`, options);
  }
}

function onlyIfThere(item: TransactItem): TransactItem {
  return item.Delete === undefined ? item : { Delete: { ...item.Delete, ConditionExpression: "attribute_exists(pk)" } };
}

const changing = [
  ...(["text", "media", "location", "contacts", "poll", "event", "choice"] as const),
  ...(["pollVotes", "reactions", "editedAt", "deletedAt", "status", "timeline", "changeError"] as const),
] as const;

/** Sets what is another than before, so that a change and a receipt of one moment do not undo each other. */
function updateOf(db: Db<"messages">, { before, after }: ChangeStep): TransactItem {
  const fields = changing.filter(name => (after[name] ?? null) !== (before[name] ?? null));
  const saidNoMore = before.payload !== undefined && after.payload === undefined;
  return {
    Update: {
      TableName: db.table.messages,
      Key: { pk: `${before.tenantId}#${before.sessionId}#${before.chatKey}`, sk: before.id },
      UpdateExpression: `SET updatedAt = :at${fields.map(name => `, #${name} = :${name}`).join("")}${saidNoMore ? " REMOVE payload" : ""}`,
      ConditionExpression: "updatedAt = :before AND #status = :was",
      ExpressionAttributeNames: { "#status": "status", ...Object.fromEntries(fields.map(name => [`#${name}`, name])) },
      ExpressionAttributeValues: {
        ":at": after.updatedAt,
        ":before": before.updatedAt,
        ":was": before.status,
        ...Object.fromEntries(fields.map(name => [`:${name}`, after[name]])),
      },
    },
  };
}

const Place = z.object({ pk: z.string(), sk: z.string() });

/** Erases what is kept of a chat's changes. */
export async function eraseChanges(db: Db<"messages">, chat: ChatRef): Promise<void> {
  const owner = { tenantId: chat.tenantId, id: chat.sessionId };
  for (;;) {
    const changes = await placesIn(db, changesOf(chat));
    if (changes.length === 0) return;
    for (const { sk } of changes)
      await deleteItems(db.client, db.table.messages, await placesIn(db, pointersOf(owner, sk)));
    await deleteItems(db.client, db.table.messages, changes);
  }
}

async function placesIn(db: Db<"messages">, pk: string): Promise<z.infer<typeof Place>[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.messages,
      KeyConditionExpression: "pk = :pk",
      ExpressionAttributeValues: { ":pk": pk },
      ProjectionExpression: "pk, sk",
      ConsistentRead: true,
      Limit: 100,
    }),
  );
  return (answer.Items ?? []).map(item => Place.parse(item));
}
