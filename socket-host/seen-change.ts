import type { Chat } from "../domain/chat/chat.ts";
import { isGroup, type Person, samePerson } from "../domain/jid.ts";
import type { SeenChange } from "../domain/message/change.ts";
import type { StoredMessage } from "../domain/message/message.ts";
import type { InboundContent } from "./keys/journal-entry.ts";

export type ChangeContent = Extract<InboundContent, { type: "reaction" | "edit" | "revoke" | "vote" }>;

export function isChangeContent(content: InboundContent): content is ChangeContent {
  return ["reaction", "edit", "revoke", "vote"].includes(content.type);
}

export function changeOf(content: ChangeContent): SeenChange {
  switch (content.type) {
    case "reaction":
      return { kind: "reaction", emoji: content.emoji };
    case "edit":
      return { kind: "edit", text: content.text };
    case "revoke":
      return { kind: "revoke" };
    case "vote":
      return { kind: "vote", options: content.options };
    default:
      return content satisfies never;
  }
}

/**
 * The message of a chat that somebody's change is about. Anyone may react; one edits only what one wrote, and deletes
 * only that, but for a group's administrators, whom WhatsApp itself lets delete what others wrote.
 */
export function targetOf(
  candidates: readonly StoredMessage[],
  by: { readonly chat: Chat; readonly person: Person | null; readonly fromMe: boolean },
  change: SeenChange,
): StoredMessage | undefined {
  const inChat = candidates.filter(({ chatKey }) => by.chat.names.includes(chatKey));
  if (change.kind === "vote") return inChat.find(({ poll }) => Boolean(poll));
  if (change.kind === "reaction" || (change.kind === "revoke" && isGroup(by.chat.key))) return inChat[0];
  return inChat.find(({ direction, from }) => {
    if (by.fromMe !== (direction === "outbound")) return false;
    return by.fromMe || !isGroup(by.chat.key) || samePerson(from, by.person);
  });
}
