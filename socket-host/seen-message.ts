import type { Chat } from "../domain/chat/chat.ts";
import { isoTime } from "../domain/clock.ts";
import { derivedId } from "../domain/id.ts";
import { isGroup, isLid, type Jid, type Person, personOf } from "../domain/jid.ts";
import type { StoredMessage } from "../domain/message/message.ts";
import { personOfSession } from "../domain/message/outgoing.ts";
import { messageExpiry } from "../domain/message/retention.ts";
import { type MediaFetch, mediaFetchKey } from "../domain/outbox/outbox.ts";
import type { Session } from "../domain/session/session.ts";
import type { Arrival, InboundContent, JournalEntry } from "./keys/journal-entry.ts";

/**
 * WhatsApp's own time counts only where the message waited for us. It is to the second; within it, and within a
 * millisecond of ours, messages stand as they came on the wire.
 */
const lateAfterMs = 60_000;

/** Who wrote a journalled message, for good: the LID where there is one, since numbers become known later. */
export function senderOf(entry: Arrival): string {
  if (entry.fromMe) return "me";
  const [jid, lid] = isGroup(entry.chat)
    ? [entry.participant ?? entry.chat, entry.participantLid]
    : [entry.chat, entry.chatLid];
  return lid ?? jid;
}

/** The one identity of a journalled message: the same entry makes the same message however often it is stored. */
export function seenMessage(
  session: Pick<Session, "id" | "tenantId" | "phone" | "retentionDays">,
  entry: JournalEntry,
  more: { chat: Chat; quotedMessageId: string | null; mentions?: Person[]; nowMs: number },
): StoredMessage {
  const late = entry.receivedAtMs - entry.whatsappAtMs > lateAfterMs;
  const timeMs = late ? entry.whatsappAtMs : entry.receivedAtMs;
  const at = isoTime(timeMs);
  const direction = entry.fromMe ? "outbound" : "inbound";
  const status = entry.fromMe ? "sent" : "received";
  const self = personOfSession(session);
  const cause = [session.tenantId, session.id, direction, senderOf(entry), entry.waMessageId];
  return {
    id: derivedId("msg", cause, timeMs, entry.place),
    tenantId: session.tenantId,
    sessionId: session.id,
    chatId: more.chat.id,
    chatKey: more.chat.key,
    direction,
    source: "phone",
    media: null,
    ...contentOf(entry.content),
    ...("referral" in entry.content && entry.content.referral ? { referral: entry.content.referral } : {}),
    ...("secret" in entry.content && entry.content.secret
      ? { secret: Buffer.from(entry.content.secret, "base64") }
      : {}),
    status,
    error: null,
    campaignId: null,
    quotedMessageId: more.quotedMessageId,
    from: entry.fromMe ? self : writerOf(entry, more.chat),
    to: entry.fromMe ? chatPerson(entry, more.chat) : recipientOf(entry, more.chat, self),
    priority: null,
    waMessageId: entry.waMessageId,
    metadata: {},
    mentions: more.mentions ?? [],
    createdAt: at,
    updatedAt: isoTime(more.nowMs),
    timeline: [{ status, at }],
    ttl: messageExpiry(session, timeMs),
  };
}

/** What remains to be done for the file of a journalled message; undefined where it has none, or none to be had. */
export function fetchOf(
  { shard }: Pick<Session, "shard">,
  entry: JournalEntry,
  { tenantId, sessionId, id: messageId, chatKey }: StoredMessage,
): MediaFetch | undefined {
  const { content, waMessageId, receivedAtMs, fromMe, chat, participant } = entry;
  if (content.type !== "media" || content.source === null) return undefined;
  const place = { tenantId, sessionId, shard, key: mediaFetchKey(receivedAtMs, messageId) };
  const untried = { acceptedAt: isoTime(receivedAtMs), attempts: 0, notBefore: null };
  const { kind, source } = content;
  const message = { messageId, chatKey, waMessageId, sender: senderOf(entry), fromMe, chat, participant };
  return { type: "media.fetch", ...place, ...untried, ...message, kind, source, announced: false };
}

type Said = Pick<StoredMessage, "type" | "text" | "location" | "contacts" | "poll" | "event" | "choice"> &
  Partial<Pick<StoredMessage, "media">>;

function contentOf(content: InboundContent): Said {
  switch (content.type) {
    case "text":
      return { type: "text", text: content.text, ...(content.choice ? { choice: content.choice } : {}) };
    case "location":
      return { type: "location", text: content.text, location: content.location };
    case "contact":
      return { type: "contact", text: null, contacts: content.contacts };
    case "poll":
      return { type: "poll", text: null, poll: content.poll };
    case "event":
      return { type: "event", text: null, event: content.event };
    case "media": {
      const { kind, mimetype, filename, caption, size, source } = content;
      const status = source === null ? "failed" : "pending";
      return { type: kind, text: null, media: { mimetype, filename, size, caption, status } };
    }
    // Changes of other messages never become messages; they are told apart before.
    case "reaction":
    case "edit":
    case "revoke":
    case "vote":
    case "sealed":
    case "other":
    case "undecryptable":
      return { type: "unsupported", text: null };
    default:
      return content satisfies never;
  }
}

/** The other side of a chat: the person, or the group. */
function chatPerson(entry: JournalEntry, chat: Chat): Person {
  return personOf({ jid: chat.id, lid: lidOf(entry.chat, entry.chatLid) });
}

export function writerOf(entry: JournalEntry, chat: Chat): Person {
  const name = entry.pushName ?? undefined;
  if (!isGroup(entry.chat)) return personOf({ jid: chat.id, lid: lidOf(entry.chat, entry.chatLid), name });
  const jid = entry.participant ?? entry.participantLid ?? entry.chat;
  return personOf({ jid, lid: lidOf(jid, entry.participantLid), name });
}

function recipientOf(entry: JournalEntry, chat: Chat, self: Person | null): Person | null {
  return isGroup(entry.chat) ? personOf({ jid: chat.id }) : self;
}

function lidOf(jid: Jid, lid: Jid | null): Jid | undefined {
  return lid ?? (isLid(jid) ? jid : undefined);
}
