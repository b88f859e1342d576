import { proto } from "@whiskeysockets/baileys";
import * as z from "zod";
import { Blob, type Database, Flag } from "./database.ts";

/** A message that a phone sent, kept so that it can be encrypted again for a device that could not read it. */
export interface SentMessage {
  readonly id: string;
  /** The JID it was written to, by number. */
  readonly chat: string;
  readonly message: proto.IMessage;
  /** True for a reply that the phone gave by itself; nobody replies to those by themselves. */
  readonly automatic: boolean;
}

const SentRow = z
  .object({ id: z.string(), chat: z.string(), message: Blob, automatic: Flag })
  .transform((row): SentMessage => ({ ...row, message: proto.Message.decode(row.message) }));

export class SentMessages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  record(number: string, sent: SentMessage, sentAt: string): void {
    this.#database
      .prepare("INSERT INTO sent_messages (number, id, chat, message, automatic, sent_at) VALUES (?, ?, ?, ?, ?, ?)")
      .run(number, sent.id, sent.chat, proto.Message.encode(sent.message).finish(), sent.automatic ? 1 : 0, sentAt);
  }

  find(number: string, id: string): SentMessage | undefined {
    const row = this.#database
      .prepare("SELECT id, chat, message, automatic FROM sent_messages WHERE number = ? AND id = ?")
      .get(number, id);
    return row && SentRow.parse(row);
  }
}
