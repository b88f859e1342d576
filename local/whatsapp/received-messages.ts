import * as z from "zod";
import type { Database } from "./database.ts";
import type { AddressingMode } from "./device-address.ts";
import type { MessageContent } from "./message-content.ts";
import type { ReceivedMedia } from "./phone-media.ts";

/** A message as GET /phones/:number/messages shows it. */
export interface ReceivedMessage {
  readonly seq: number;
  readonly id: string;
  /** The JID of the person who wrote it, by number and without a device. */
  readonly from: string;
  readonly chat: string;
  readonly type: string;
  readonly text: string | null;
  readonly caption: string | null;
  readonly media: ReceivedMedia | null;
  readonly quotedId: string | null;
  /** Whom the text names: JIDs by number. */
  readonly mentions: readonly string[];
  /** How often it came under this id. */
  readonly copies: number;
  readonly receivedAt: string;
}

export interface Arrival {
  readonly number: string;
  readonly sender: string;
  readonly id: string;
  readonly chat: string;
  readonly content: MessageContent;
  /** The file that came with it, as it was read; undefined where there is none or it could not be read. */
  readonly media: ReceivedMedia | undefined;
  readonly mode: AddressingMode;
  readonly receivedAt: string;
}

const Mentions = z.array(z.string());
const ReceivedRow = z
  .object({
    seq: z.number(),
    id: z.string(),
    sender: z.string(),
    chat: z.string(),
    type: z.string(),
    text: z.string().nullable(),
    caption: z.string().nullable(),
    quoted_id: z.string().nullable(),
    copies: z.number(),
    received_at: z.string(),
    mimetype: z.string().nullable(),
    size: z.number().nullable(),
    sha256: z.string().nullable(),
    filename: z.string().nullable(),
    mentions: z.string().nullable(),
  })
  .transform(
    (row): ReceivedMessage => ({
      seq: row.seq,
      id: row.id,
      from: row.sender,
      chat: row.chat,
      type: row.type,
      text: row.text,
      caption: row.caption,
      media: mediaOf(row),
      quotedId: row.quoted_id,
      mentions: row.mentions === null ? [] : Mentions.parse(JSON.parse(row.mentions)),
      copies: row.copies,
      receivedAt: row.received_at,
    }),
  );
function mediaOf(row: { [K in keyof ReceivedMedia]: ReceivedMedia[K] | null }): ReceivedMedia | null {
  const { mimetype, size, sha256, filename } = row;
  return mimetype === null || size === null || sha256 === null ? null : { mimetype, size, sha256, filename };
}

const CopiesRow = z.object({ copies: z.number() });
/** Where a message came from, and how the stanza named people. */
export interface Received {
  readonly id: string;
  readonly sender: string;
  readonly chat: string;
  readonly mode: AddressingMode;
}

const SenderRow = z
  .object({ id: z.string(), sender: z.string(), chat: z.string(), addressing_mode: z.enum(["pn", "lid"]) })
  .transform(({ addressing_mode: mode, ...row }): Received => ({ ...row, mode }));

/** What each phone received and decrypted. A message that came twice under one id is one row with two copies. */
export class ReceivedMessages {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Keeps a message and says how often it has come by now. */
  record(arrival: Arrival): number {
    const { content } = arrival;
    const row = this.#database
      .prepare(
        `INSERT INTO received_messages
           (number, sender, id, chat, type, text, caption, quoted_id, addressing_mode, received_at)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (number, sender, id) DO UPDATE SET copies = copies + 1 RETURNING copies`,
      )
      .get(
        arrival.number,
        arrival.sender,
        arrival.id,
        arrival.chat,
        content.type,
        content.text,
        content.caption,
        content.quotedId,
        arrival.mode,
        arrival.receivedAt,
      );
    if (arrival.media) this.#recordMedia(arrival, arrival.media);
    this.#recordMentions(arrival);
    return CopiesRow.parse(row).copies;
  }

  #recordMentions({ number, sender, id, content: { mentions = [] } }: Arrival): void {
    if (mentions.length === 0) return;
    this.#database
      .prepare("INSERT OR REPLACE INTO received_mentions VALUES (?, ?, ?, ?)")
      .run(number, sender, id, JSON.stringify(mentions));
  }

  #recordMedia({ number, sender, id }: Arrival, { mimetype, size, sha256, filename }: ReceivedMedia): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO received_media VALUES (?, ?, ?, ?, ?, ?, ?)")
      .run(number, sender, id, mimetype, size, sha256, filename);
  }

  after(number: string, seq: number): ReceivedMessage[] {
    return this.#database
      .prepare(
        `SELECT * FROM received_messages LEFT JOIN received_media USING (number, sender, id)
           LEFT JOIN received_mentions USING (number, sender, id)
         WHERE number = ? AND seq > ? ORDER BY seq`,
      )
      .all(number, seq)
      .map(row => ReceivedRow.parse(row));
  }

  /** Who wrote each of these messages; ids that the phone never received are left out. */
  senders(number: string, ids: readonly string[]): Received[] {
    const select = this.#database.prepare(
      "SELECT id, sender, chat, addressing_mode FROM received_messages WHERE number = ? AND id = ?",
    );
    return ids.flatMap(id => select.all(number, id).map(row => SenderRow.parse(row)));
  }
}
