import { BufferJSON } from "@whiskeysockets/baileys";
import * as z from "zod";
import type { Database } from "./database.ts";
import type { DeviceAddress } from "./device-address.ts";
import type { Stanza } from "./stanza.ts";

export interface QueuedStanza {
  readonly seq: number;
  readonly stanza: Stanza;
}

const QueuedRow = z
  .object({ seq: z.number(), stanza: z.string() })
  .transform(({ seq, stanza }): QueuedStanza => ({ seq, stanza: JSON.parse(stanza, BufferJSON.reviver) }));
const WaitingRow = z.object({
  count: z.number(),
  message: z.number(),
  receipt: z.number(),
  notification: z.number(),
  lastSeq: z.number(),
});
const NumberRow = z.object({ number: z.string() });

/**
 * What each device has been sent and has not settled yet, in order. A stanza leaves the queue only when its device
 * answered it (a message by a receipt or an ack, anything else by an ack): what was under way when a connection died is
 * sent again on the next one.
 */
export class StanzaQueue {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Adds a stanza at the end. One that says the same again (a message resent under its id) takes the earlier one's place. */
  add({ number, device }: DeviceAddress, stanza: Stanza): void {
    const { id = "", type = "", from = "", participant } = stanza.attrs;
    const peer = peerOf(from, participant);
    this.#database.transaction(() => {
      this.#database
        .prepare(
          "DELETE FROM stanza_queue WHERE number = ? AND device = ? AND id = ? AND class = ? AND type = ? AND peer = ?",
        )
        .run(number, device, id, stanza.tag, type, peer);
      this.#database
        .prepare(
          "INSERT INTO stanza_queue (number, device, class, id, type, peer, stanza) VALUES (?, ?, ?, ?, ?, ?, ?)",
        )
        .run(number, device, stanza.tag, id, type, peer, JSON.stringify(stanza, BufferJSON.replacer));
    });
  }

  /** The next stanzas after `seq`, oldest first. */
  after({ number, device }: DeviceAddress, seq: number, limit: number): QueuedStanza[] {
    return this.#database
      .prepare("SELECT seq, stanza FROM stanza_queue WHERE number = ? AND device = ? AND seq > ? ORDER BY seq LIMIT ?")
      .all(number, device, seq, limit)
      .map(row => QueuedRow.parse(row));
  }

  /** How much waits for a device, by kind, and the place of the newest of it. */
  waiting({ number, device }: DeviceAddress): z.infer<typeof WaitingRow> {
    const row = this.#database
      .prepare(
        `SELECT count(*) AS count, coalesce(max(seq), 0) AS lastSeq, coalesce(sum(class = 'message'), 0) AS message,
           coalesce(sum(class = 'receipt'), 0) AS receipt, coalesce(sum(class = 'notification'), 0) AS notification
         FROM stanza_queue WHERE number = ? AND device = ?`,
      )
      .get(number, device);
    return WaitingRow.parse(row);
  }

  /** Notes that a message was refused: it stays, and holds back what waits behind it. */
  holdBack({ number, device }: DeviceAddress, id: string): void {
    this.#database
      .prepare(
        `INSERT OR IGNORE INTO held_back_mail
           SELECT seq FROM stanza_queue WHERE number = ? AND device = ? AND id = ? AND class = 'message'`,
      )
      .run(number, device, id);
  }

  /** The messages that a device refused and that still wait. */
  heldBack({ number, device }: DeviceAddress): QueuedStanza[] {
    return this.#database
      .prepare(
        "SELECT seq, stanza FROM stanza_queue JOIN held_back_mail USING (seq) WHERE number = ? AND device = ? ORDER BY seq",
      )
      .all(number, device)
      .map(row => QueuedRow.parse(row));
  }

  /** Takes a message off the device's queue; false where it was not there. */
  settleMessage({ number, device }: DeviceAddress, id: string): boolean {
    const { changes } = this.#database
      .prepare("DELETE FROM stanza_queue WHERE number = ? AND device = ? AND id = ? AND class = 'message'")
      .run(number, device, id);
    return changes > 0;
  }

  /** Takes what the device acknowledged (a receipt or a notification) off its queue. */
  settle({ number, device }: DeviceAddress, ack: { class: string; id: string; type: string; peer: string }): void {
    this.#database
      .prepare(
        "DELETE FROM stanza_queue WHERE number = ? AND device = ? AND id = ? AND class = ? AND type = ? AND peer = ?",
      )
      .run(number, device, ack.id, ack.class, ack.type, ack.peer);
  }

  remove(seq: number): void {
    this.#database.prepare("DELETE FROM stanza_queue WHERE seq = ?").run(seq);
  }

  /** The phones, by number, for which something waits. */
  phonesWithMail(): string[] {
    return this.#database
      .prepare("SELECT DISTINCT number FROM stanza_queue WHERE device = 0")
      .all()
      .map(row => NumberRow.parse(row).number);
  }
}

/** Whom a stanza is from, as its acknowledgement names them: in a group, where and who. */
export function peerOf(from: string, participant: string | undefined): string {
  return participant === undefined ? from : `${from} ${participant}`;
}
