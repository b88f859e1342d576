import { createHash } from "node:crypto";
import * as z from "zod";
import { derivedId, type Id, idOf } from "../id.ts";
import { Jid } from "../jid.ts";
import { MessageError } from "../message/message.ts";

/** Where a recipient stands. `pending` is not accepted for sending yet, `skipped` never will be. */
export const RecipientStatus = z
  .enum(["pending", "queued", "sent", "delivered", "read", "failed", "skipped"])
  .meta({ id: "RecipientStatus" });
export type RecipientStatus = z.infer<typeof RecipientStatus>;

/** Why a recipient gets nothing. */
export const SkipReason = z
  .enum(["opted_out", "duplicate", "invalid_number", "missing_variable", "invalid_text", "contact_deleted"])
  .meta({ id: "SkipReason" });
export type SkipReason = z.infer<typeof SkipReason>;

/** A recipient of a campaign as it is stored, at its position in the audience. */
export const StoredRecipient = z.object({
  tenantId: idOf("ten"),
  campaignId: idOf("cmp"),
  /** From 0, in the order of the audience; fixed, like all of the row but its progress, when the campaign starts. */
  position: z.int().min(0),
  /** As the customer wrote it; of a contact, its number. */
  to: z.string(),
  /** Null where `to` is no number and no JID. */
  jid: Jid.nullable(),
  contactId: idOf("con").nullable(),
  /** A value for each variable of the campaign's text. */
  variables: z.record(z.string(), z.string()),
  /** Whether the session had no messages with them when the campaign started. */
  firstContact: z.boolean(),
  status: RecipientStatus,
  reason: SkipReason.nullable(),
  error: MessageError.nullable(),
  /** Set when the message is accepted for sending. */
  messageId: idOf("msg").nullable(),
  queuedAt: z.iso.datetime().nullable(),
  sentAt: z.iso.datetime().nullable(),
  repliedAt: z.iso.datetime().nullable(),
});
export type StoredRecipient = z.infer<typeof StoredRecipient>;
export type RecipientRef = Pick<StoredRecipient, "tenantId" | "campaignId" | "position">;

/** A recipient as customers see it. */
export const Recipient = StoredRecipient.pick({
  to: true,
  contactId: true,
  status: true,
  messageId: true,
  reason: true,
  error: true,
  sentAt: true,
  repliedAt: true,
})
  .extend({
    reason: SkipReason.nullable().meta({
      description:
        "Why it was skipped. opted_out: the person wants no messages. duplicate: the audience names the same person before, by whatever spelling of the number or by its LID; where that shows only when its turn comes, there is a message as well, which failed with duplicate. invalid_number: it is no number and no JID. missing_variable: there is no value for a {{variable}}. invalid_text: what comes out is empty or too long. contact_deleted: the contact is gone.",
    }),
    error: MessageError.nullable().meta({ description: "Why its message failed." }),
  })
  .meta({
    id: "CampaignRecipient",
    description:
      "status: pending: its turn has not come. queued: accepted for sending. Then as its message: sent, delivered, read, or failed. skipped: it gets none.",
  });
export type Recipient = z.infer<typeof Recipient>;

export function publicRecipient(stored: StoredRecipient): Recipient {
  return Recipient.parse(stored);
}

const ranks = { pending: 0, queued: 1, sent: 2, delivered: 3, read: 4 } as const;
const progress = ["pending", "queued", "sent", "delivered", "read"] as const;

/** The statuses from which a recipient may move to `next`: only ever forward; what failed or was skipped has ended. */
export function recipientStatusesBefore(next: RecipientStatus): RecipientStatus[] {
  if (next === "skipped" || next === "failed") return ["pending", "queued"];
  return progress.filter(status => ranks[status] < ranks[next]);
}

type CampaignRef = { readonly tenantId: Id<"ten">; readonly id: Id<"cmp"> };

/**
 * The id of a recipient's message, accepted at `nowMs`: it sorts by that time, and the rest of it is the campaign's and
 * the position's.
 */
export function recipientMessageId({ tenantId, id }: CampaignRef, position: number, nowMs: number): Id<"msg"> {
  return derivedId("msg", [tenantId, id, String(position)], nowMs);
}

/**
 * WhatsApp's id of a recipient's message, of the shape `newWaMessageId` makes. It is the same however often and whenever
 * the message is accepted: the store takes it once, and a phone shows it once.
 */
export function recipientWaMessageId({ tenantId, id }: CampaignRef, position: number): string {
  const hash = createHash("sha256")
    .update(JSON.stringify([tenantId, id, position]))
    .digest("hex");
  return `3EB0${hash.slice(0, 18).toUpperCase()}`;
}
