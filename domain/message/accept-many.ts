import { touchChat } from "../chat/chat-row.ts";
import type { Db } from "../dynamodb/db.ts";
import { transact } from "../dynamodb/transaction.ts";
import { type Acceptance, acceptanceOf } from "./store.ts";

/** Four items each, of the hundred that a transaction takes. */
export const acceptedAtOnce = 25;

/** Accepts up to `acceptedAtOnce` messages for sending, all or none. */
export async function acceptMessages(
  db: Db<"messages" | "chats" | "outbox" | "events">,
  accepted: readonly Acceptance[],
): Promise<void> {
  await Promise.all(accepted.map(({ message }) => touchChat(db, message)));
  await transact(
    db,
    accepted.flatMap(each => acceptanceOf(db, each)),
  );
}
