import type { Database } from "./database.ts";
import { phoneJid } from "./device-address.ts";

/** Who has written to whom: a message to anybody else begins a chat, and WhatsApp is strict with those. */
export class Acquaintances {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One has written to the other. */
  note(one: string, other: string): void {
    const insert = this.#database.prepare("INSERT OR IGNORE INTO acquaintances (number, other) VALUES (?, ?)");
    insert.run(one, other);
    insert.run(other, one);
  }

  /** Whether anything went between the two, here or in what the phone remembers. */
  are(one: string, other: string): boolean {
    const known = "SELECT 1 FROM acquaintances WHERE number = ? AND other = ?";
    const remembered = "SELECT 1 FROM past_messages WHERE number = ? AND chat = ?";
    return (
      one === other ||
      this.#database.prepare(known).get(one, other) !== undefined ||
      this.#database.prepare(remembered).get(one, phoneJid(other)) !== undefined
    );
  }
}
