import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { failedConditions, isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transact } from "../dynamodb/transaction.ts";
import type { Id } from "../id.ts";
import type { MessageRef, StoredMessage } from "./message.ts";
import { keyOf, putMessage } from "./store.ts";

/** Two items each, of the hundred that a transaction takes; some of these messages are as large as an item may be. */
export const historyAtOnce = 25;

export interface PastMessage {
  readonly message: StoredMessage;
  /** As in `storeSeenMessage`: with WhatsApp's id it names the message for good, so that a live copy of it is no second one. */
  readonly sender: string;
}

/**
 * Stores up to `historyAtOnce` messages of the past, without events, and leaves alone those that are there already.
 * Answers how many were new.
 */
export async function storeHistory(db: Db<"messages">, past: readonly PastMessage[]): Promise<number> {
  if (past.length === 0) return 0;
  try {
    await transact(db, past.flatMap(itemsOf(db)));
    return past.length;
  } catch (error) {
    const failed = failedConditions(error);
    if (failed === undefined) throw error;
    // Two items each: those whose place is taken are there, and without them the rest can be written.
    const there = new Set(failed.map(position => Math.floor(position / 2)));
    return storeHistory(
      db,
      past.filter((_, place) => !there.has(place)),
    );
  }
}

const itemsOf =
  (db: Db<"messages">) =>
  ({ message, sender }: PastMessage) =>
    putMessage(db, message, message.direction === "inbound" ? `in#${sender}` : "out");

/** Notes what a message of the past answers; one that is not there, or says so already, stays as it is. */
export async function noteQuoted(db: Db<"messages">, ref: MessageRef, quotedMessageId: Id<"msg">): Promise<void> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.messages,
        Key: keyOf(ref),
        UpdateExpression: "SET quotedMessageId = :quoted",
        ConditionExpression: "quotedMessageId = :none",
        ExpressionAttributeValues: { ":quoted": quotedMessageId, ":none": null },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}
