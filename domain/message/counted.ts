import type { MessageCount } from "../usage/counter.ts";
import { rankOf, type StoredMessage } from "./message.ts";

const counted = ["sent", "delivered"] as const;

/**
 * What a step of an outbound message counts as in its tenant's usage: each counted status that it reaches or leaps
 * over, since a receipt that says `read` also says `delivered`. What its owner writes on the phone is not of our
 * sending.
 */
export function countsOfStep(
  message: Pick<StoredMessage, "status" | "source">,
  next: "sent" | "delivered" | "read" | "played" | "failed",
): MessageCount[] {
  if (message.source === "phone") return [];
  if (next === "failed") return ["failed"];
  const { status } = message;
  if (status === "failed" || status === "received") return [];
  return counted.filter(each => rankOf(status) < rankOf(each) && rankOf(each) <= rankOf(next));
}
