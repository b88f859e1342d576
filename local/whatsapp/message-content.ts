import { normalizeMessageContent, type proto } from "@whiskeysockets/baileys";

/** What a person sees of a message. */
export interface MessageContent {
  readonly type: string;
  readonly text: string | null;
  readonly caption: string | null;
  readonly quotedId: string | null;
}

/** What the message shows a person, or undefined where it shows nothing (key shares, requests between own devices). */
export function messageContent(message: proto.IMessage): MessageContent | undefined {
  const content = normalizeMessageContent(message);
  if (!content || content.protocolMessage) return undefined;
  if (typeof content.conversation === "string" && content.conversation !== "") {
    return { type: "text", text: content.conversation, caption: null, quotedId: null };
  }
  if (content.extendedTextMessage) {
    const { text, contextInfo } = content.extendedTextMessage;
    return { type: "text", text: text ?? "", caption: null, quotedId: contextInfo?.stanzaId ?? null };
  }
  return hasContent(content) ? { type: "unknown", text: null, caption: null, quotedId: null } : undefined;
}

/** Fields that ride along with a message and are nothing to show by themselves. */
const CARRIED_FIELDS = new Set(["messageContextInfo", "senderKeyDistributionMessage"]);

function hasContent(message: proto.IMessage): boolean {
  return Object.entries(message).some(([field, value]) => value && !CARRIED_FIELDS.has(field));
}
