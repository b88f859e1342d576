import type { Db } from "../dynamodb/db.ts";
import { type TransactItem, transactIf } from "../dynamodb/transaction.ts";
import { type EventRow, putEventRow } from "../event/log.ts";
import type { MediaFetch } from "../outbox/outbox.ts";
import { outboxPartition } from "../outbox/store.ts";
import type { MessageFile, StoredMessage } from "./message.ts";

/** What became of a file that was to be fetched; `size` in bytes. */
export type FetchOutcome =
  | { readonly status: "ready"; readonly mimetype: string; readonly size: number; readonly file: MessageFile }
  | { readonly status: "failed" | "expired" };

/** A message after its file was fetched, or was not. One that was deleted meanwhile has none to show any more. */
export function afterFetch(message: StoredMessage, outcome: FetchOutcome, at: string): StoredMessage {
  if (message.media === null) return message;
  const { status } = outcome;
  if (status !== "ready") return { ...message, media: { ...message.media, status }, updatedAt: at };
  const { mimetype, size, file } = outcome;
  return { ...message, media: { ...message.media, mimetype, size, status }, file, updatedAt: at };
}

const keyOf = (row: MediaFetch) => ({
  pk: outboxPartition({ tenantId: row.tenantId, id: row.sessionId }),
  sk: row.key,
});

/** Tells of a message whose file is still awaited. Answers false where it was told of before, or the file has come. */
export async function announceFetch(
  db: Db<"outbox" | "events">,
  row: MediaFetch,
  event: EventRow | undefined,
): Promise<boolean> {
  const announce: TransactItem = {
    Update: {
      TableName: db.table.outbox,
      Key: keyOf(row),
      UpdateExpression: "SET announced = :true",
      ConditionExpression: "announced = :false",
      ExpressionAttributeValues: { ":true": true, ":false": false },
    },
  };
  return transactIf(db, [announce, ...(event === undefined ? [] : [putEventRow(db, event)])]);
}

/**
 * Writes what became of a file, with the end of its row and, where it was not told of before, the event of its message.
 * Answers false, having written nothing, where the row is gone, or `event` is given although it was told of.
 */
export async function endFetch(
  db: Db<"messages" | "outbox" | "events">,
  end: { row: MediaFetch; after: StoredMessage | undefined; event: EventRow | undefined },
): Promise<boolean> {
  const { row, after, event } = end;
  const told = event === undefined ? "attribute_exists(pk)" : "announced = :false";
  const remove: TransactItem = {
    Delete: {
      TableName: db.table.outbox,
      Key: keyOf(row),
      ConditionExpression: told,
      ...(event === undefined ? {} : { ExpressionAttributeValues: { ":false": false } }),
    },
  };
  const update = after === undefined || after.media === null ? [] : [updateOf(db, after, after.media)];
  return transactIf(db, [remove, ...update, ...(event === undefined ? [] : [putEventRow(db, event)])]);
}

/** What is set is the file's alone, so that a receipt or a new caption of the same moment stays. */
function updateOf(db: Db<"messages">, after: StoredMessage, media: NonNullable<StoredMessage["media"]>): TransactItem {
  const file = after.file === undefined ? "" : ", #file = :file";
  return {
    Update: {
      TableName: db.table.messages,
      Key: { pk: `${after.tenantId}#${after.sessionId}#${after.chatKey}`, sk: after.id },
      UpdateExpression: `SET updatedAt = :at, media.#status = :to, media.mimetype = :mimetype, media.#size = :size${file}`,
      ConditionExpression: "media.#status = :pending",
      ExpressionAttributeNames: { "#status": "status", "#size": "size", ...(file ? { "#file": "file" } : {}) },
      ExpressionAttributeValues: {
        ":at": after.updatedAt,
        ":to": media.status,
        ":mimetype": media.mimetype,
        ":size": media.size,
        ":pending": "pending",
        ...(file ? { ":file": after.file } : {}),
      },
    },
  };
}
