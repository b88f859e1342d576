import { randomBytes } from "node:crypto";
import { proto } from "@whiskeysockets/baileys";
import type { Jid } from "../../domain/jid.ts";
import type { OutgoingText, QuotedMessage } from "../whatsapp-port.ts";

/** How a chat names somebody whom a text mentions. */
export type NamedInChat = (mentioned: Jid) => Promise<Jid>;

/**
 * The protobuf of a text. A phone shows a mention by its name where the text says @ and the user part of the very JID
 * that is listed (Baileys' generateWAMessageContent leaves both to its caller): so where a group goes by LIDs, a
 * number that the text names becomes the LID there.
 */
export async function encodedText(
  { text, quoted, mentions = [] }: OutgoingText,
  namedInChat: NamedInChat,
): Promise<Uint8Array> {
  const named = new Map<Jid, Jid>();
  for (const jid of mentions) named.set(jid, await namedInChat(jid));
  const contextInfo = {
    ...(quoted === undefined ? {} : quotation(quoted)),
    ...(named.size === 0 ? {} : { mentionedJid: [...new Set(named.values())] }),
  };
  const content = { text: withNames(text, named), ...(Object.keys(contextInfo).length === 0 ? {} : { contextInfo }) };
  // With a secret, as WhatsApp's own clients have it: the reporting token of the message is made from it.
  const messageContextInfo = { messageSecret: randomBytes(32) };
  return proto.Message.encode({ extendedTextMessage: content, messageContextInfo }).finish();
}

function withNames(text: string, named: ReadonlyMap<Jid, Jid>): string {
  let shown = text;
  for (const [written, jid] of named) {
    const asWritten = new RegExp(`@\\+?${userOf(written)}(?!\\d)`, "g");
    shown = shown.replaceAll(asWritten, `@${userOf(jid)}`);
  }
  return shown;
}

const userOf = (jid: Jid) => jid.slice(0, jid.indexOf("@"));

function quotation({ waMessageId, author, payload, text }: QuotedMessage): proto.IContextInfo {
  return { stanzaId: waMessageId, participant: author, quotedMessage: quotedContent(payload, text) };
}

/** What is shown of a quoted message: it, without its own secret and without what it quotes itself. */
function quotedContent(payload: Uint8Array | undefined, text: string): proto.IMessage {
  if (payload === undefined) return { conversation: text };
  const { messageContextInfo: _secret, ...content } = proto.Message.toObject(proto.Message.decode(payload));
  for (const part of Object.values(content)) if (typeof part === "object" && part !== null) delete part.contextInfo;
  return content;
}
