import { proto } from "@whiskeysockets/baileys";
import * as z from "zod";
import { Blob, type Database } from "./database.ts";
import { phoneJid } from "./device-address.ts";

/** A message that a phone has from before, as it tells a companion of it. */
export interface PastMessage {
  readonly chat: string;
  readonly id: string;
  readonly fromMe: boolean;
  /** The JID of who wrote it, by number. */
  readonly sender: string;
  readonly message: proto.IMessage;
  readonly at: string;
  readonly reactions: readonly PastReaction[];
}

/** What somebody thought of a message of the past; `sender` by number. */
export type PastReaction = z.infer<typeof PastReaction>;
const PastReaction = z.object({ sender: z.string(), emoji: z.string(), at: z.string() });

const PastRow = z
  .object({
    chat: z.string(),
    id: z.string(),
    sender: z.string(),
    text: z.string().nullable(),
    message: Blob.nullable(),
    at: z.string(),
  })
  .transform(({ text, message, ...row }) => ({
    ...row,
    message: message === null ? { conversation: text ?? "" } : proto.Message.decode(message),
  }));

/** What each phone has in its chats: what it got, what it wrote, and what it is said to have had before all that. */
export class PastMessages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Says that a phone has had texts in a chat. */
  add(number: string, texts: readonly (Omit<PastMessage, "fromMe" | "message"> & { readonly text: string })[]): void {
    this.#database.transaction(() => {
      const insert = this.#database.prepare(
        "INSERT INTO past_messages (number, chat, id, sender, text, at) VALUES (?, ?, ?, ?, ?, ?)",
      );
      const react = this.#database.prepare(
        "INSERT INTO past_reactions (number, id, sender, emoji, at) VALUES (?, ?, ?, ?, ?)",
      );
      for (const { chat, id, sender, text, at, reactions } of texts) {
        insert.run(number, chat, id, sender, text, at);
        for (const reaction of reactions) react.run(number, id, reaction.sender, reaction.emoji, reaction.at);
      }
    });
  }

  /** The chats in which something happened, the last one first. */
  chats(number: string, limit: number): string[] {
    return this.#database
      .prepare(`SELECT chat FROM (${allOf}) WHERE chat <> ?2 GROUP BY chat ORDER BY max(at) DESC LIMIT ?3`)
      .all(number, phoneJid(number), limit)
      .map(row => z.object({ chat: z.string() }).parse(row).chat);
  }

  /** The messages of a chat, newest first. */
  of(number: string, chat: string, { skip, limit }: { skip: number; limit: number }): PastMessage[] {
    return this.#database
      .prepare(`SELECT * FROM (${allOf}) WHERE chat = ?2 ORDER BY at DESC, id LIMIT ?3 OFFSET ?4`)
      .all(number, chat, limit, skip)
      .map(row => PastRow.parse(row))
      .map(row => ({ ...row, fromMe: row.sender === phoneJid(number), reactions: this.#reactions(number, row.id) }));
  }

  #reactions(number: string, id: string): PastReaction[] {
    return this.#database
      .prepare("SELECT sender, emoji, at FROM past_reactions WHERE number = ? AND id = ?")
      .all(number, id)
      .map(row => PastReaction.parse(row));
  }
}

const allOf = `
  SELECT chat, id, sender, text, NULL AS message, at FROM past_messages WHERE number = ?1
  UNION ALL SELECT chat, id, sender, text, NULL, received_at FROM received_messages WHERE number = ?1 AND type = 'text'
  UNION ALL SELECT chat, id, ?1 || '@s.whatsapp.net', NULL, message, sent_at FROM sent_messages WHERE number = ?1`;
