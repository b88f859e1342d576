import { normalizeMessageContent, type proto, proto as protocol } from "@whiskeysockets/baileys";
import { attachmentOf } from "./phone-media.ts";
import { structuredType } from "./structured-content.ts";

/** What a person sees of a message. */
export interface MessageContent {
  readonly type: string;
  readonly text: string | null;
  readonly caption: string | null;
  readonly quotedId: string | null;
  /** Whom its text names, as JIDs. */
  readonly mentions?: readonly string[];
}

/** What the message shows a person, or undefined where it shows nothing (key shares, requests between own devices). */
export function messageContent(message: proto.IMessage): MessageContent | undefined {
  const content = normalizeMessageContent(message);
  if (!content) return undefined;
  if (content.reactionMessage) {
    const { key, text } = content.reactionMessage;
    return { type: "reaction", text: text ?? "", caption: null, quotedId: key?.id ?? null };
  }
  if (content.protocolMessage) return changeOf(content.protocolMessage);
  if (typeof content.conversation === "string" && content.conversation !== "") {
    return { type: "text", text: content.conversation, caption: null, quotedId: null };
  }
  if (content.extendedTextMessage) {
    const { text, contextInfo } = content.extendedTextMessage;
    const mentions = contextInfo?.mentionedJid ?? [];
    return { type: "text", text: text ?? "", caption: null, quotedId: contextInfo?.stanzaId ?? null, mentions };
  }
  const attachment = attachmentOf(content);
  if (attachment) {
    const { kind: type, caption, file } = attachment;
    return { type, text: null, caption, quotedId: file.contextInfo?.stanzaId ?? null };
  }
  const type = structuredType(content) ?? (hasContent(content) ? "unknown" : undefined);
  return type && { type, text: null, caption: null, quotedId: null };
}

/** An edit and a deletion for everyone show on the message they are about, which stands as the quoted one. */
function changeOf({ type, key, editedMessage }: proto.Message.IProtocolMessage): MessageContent | undefined {
  const about = { caption: null, quotedId: key?.id ?? null };
  if (type === protocol.Message.ProtocolMessage.Type.REVOKE && key) return { type: "revoke", text: null, ...about };
  if (type !== protocol.Message.ProtocolMessage.Type.MESSAGE_EDIT) return undefined;
  const text = editedMessage?.conversation || editedMessage?.extendedTextMessage?.text;
  return { type: "edit", text: text ?? "", ...about };
}

/** Whether it says something about another message: nobody reads it by itself. */
export function changesAnother({ type }: MessageContent): boolean {
  return type === "reaction" || type === "edit" || type === "revoke";
}

/** Fields that ride along with a message and are nothing to show by themselves. */
const CARRIED_FIELDS = new Set(["messageContextInfo", "senderKeyDistributionMessage"]);

function hasContent(message: proto.IMessage): boolean {
  return Object.entries(message).some(([field, value]) => value && !CARRIED_FIELDS.has(field));
}
