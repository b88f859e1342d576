import type { JournalEntry } from "./journal-entry.ts";

/**
 * Messages that came in: durable since the commit that moved the ratchet past them, acknowledged to WhatsApp or not.
 * The host stores each as a message and then forgets it; what it did not forget is replayed when the session opens.
 * An entry may therefore come twice, under the same WhatsApp id, chat, participant and direction.
 */
export interface InboundJournal {
  /** The entries in order of arrival; a new one wakes it. Ends when the signal aborts or the keys close. One reader at a time. */
  entries(signal: AbortSignal): AsyncIterable<JournalEntry>;
  forget(entry: JournalEntry): Promise<void>;
}
