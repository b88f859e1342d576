import type { Chat } from "../domain/chat/chat.ts";
import { isLid, Jid, type Person } from "../domain/jid.ts";
import type { StoredMessage } from "../domain/message/message.ts";
import { personOfSession } from "../domain/message/outgoing.ts";
import type { Session } from "../domain/session/session.ts";
import type { InboundContent, JournalEntry, SealedContent } from "./keys/journal-entry.ts";
import { writerOf } from "./seen-message.ts";
import type { WhatsAppSocket } from "./whatsapp-port.ts";

/**
 * What a sealed entry says about one of the messages under its target's id, as an entry of that; undefined where none
 * of them opens it. `chat` is the entry's own.
 */
export function openedEntry(
  socket: Pick<WhatsAppSocket, "openSealed">,
  session: Session,
  { entry, content, chat }: { entry: JournalEntry; content: SealedContent; chat: Chat },
  candidates: readonly StoredMessage[],
): JournalEntry | undefined {
  const speaker = entry.fromMe ? personOfSession(session) : writerOf(entry, chat);
  for (const target of candidates) {
    if (!chat.names.includes(target.chatKey)) continue;
    const { secret, payload, from, poll } = target;
    const about = { secret, payload, author: namesOf(from), by: namesOf(speaker), options: poll?.options ?? [] };
    const opened = socket.openSealed(content, about);
    if (opened !== undefined) return { ...entry, content: opened satisfies InboundContent };
  }
  return undefined;
}

/** Both names of a person, as JIDs: the LID first, which phones seal with wherever they know it. */
function namesOf(person: Person | null): Jid[] {
  if (person === null) return [];
  const named = [person.lid, person.phone && `${person.phone.replace("+", "")}@s.whatsapp.net`, person.id];
  const jids = named.map(name => Jid.safeParse(name).data).filter(jid => jid !== undefined);
  return [...new Set(jids)].sort((one, other) => Number(isLid(other)) - Number(isLid(one)));
}
