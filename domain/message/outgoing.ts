import type { Chat } from "../chat/chat.ts";
import { isoTime } from "../clock.ts";
import type { Id } from "../id.ts";
import { isLid, type Jid, type Person, personOf } from "../jid.ts";
import type { Metadata } from "../metadata.ts";
import type { Priority } from "../outbox/outbox.ts";
import type { Session } from "../session/session.ts";
import { newWaMessageId, type StoredMessage } from "./message.ts";
import { messageExpiry } from "./retention.ts";

export interface OutgoingText {
  readonly id: Id<"msg">;
  readonly to: Jid;
  readonly text: string;
  readonly priority: Priority;
  readonly metadata: Metadata;
  /** The message of the same chat that it answers. */
  readonly quotedMessageId?: Id<"msg"> | undefined;
  /** People whom the text names. */
  readonly mentions?: readonly Jid[];
}

/** A text as it is accepted: queued, and its WhatsApp id fixed for every try. */
export function outgoingText(
  session: Pick<Session, "id" | "tenantId" | "phone" | "retentionDays">,
  chat: Chat,
  fresh: OutgoingText,
  nowMs: number,
): StoredMessage {
  const at = isoTime(nowMs);
  const lid = [fresh.to, chat.key].find(isLid);
  return {
    id: fresh.id,
    tenantId: session.tenantId,
    sessionId: session.id,
    chatKey: chat.key,
    chatId: chat.id,
    direction: "outbound",
    source: "api",
    type: "text",
    text: fresh.text,
    media: null,
    status: "queued",
    error: null,
    campaignId: null,
    quotedMessageId: fresh.quotedMessageId ?? null,
    from: personOfSession(session),
    to: personOf({ jid: chat.id, lid }),
    priority: fresh.priority,
    waMessageId: newWaMessageId(),
    metadata: fresh.metadata,
    mentions: (fresh.mentions ?? []).map(jid => personOf({ jid })),
    createdAt: at,
    updatedAt: at,
    timeline: [{ status: "queued", at }],
    ttl: messageExpiry(session, nowMs),
  };
}

/** The person whose phone a session is linked to; null before it is. */
export function personOfSession({ phone }: Pick<Session, "phone">): Person | null {
  return phone && { id: phone.jid, phone: phone.number, lid: phone.lid, name: phone.name };
}
