import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import * as z from "zod";

const SCHEMA = `
CREATE TABLE IF NOT EXISTS server_keys (name TEXT PRIMARY KEY, private BLOB NOT NULL, public BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS phones (
  number TEXT PRIMARY KEY, lid TEXT NOT NULL UNIQUE, name TEXT NOT NULL, credentials TEXT NOT NULL,
  online INTEGER NOT NULL DEFAULT 1, reads_messages INTEGER NOT NULL DEFAULT 0, replies_with TEXT,
  delivery_delay_ms INTEGER NOT NULL DEFAULT 200,
  next_device INTEGER NOT NULL DEFAULT 1, next_pre_key INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE TABLE IF NOT EXISTS phone_addressing (number TEXT PRIMARY KEY, addressing TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS former_lids (lid TEXT PRIMARY KEY, number TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS acquaintances (
  number TEXT NOT NULL, other TEXT NOT NULL, PRIMARY KEY (number, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS phone_accounts (
  number TEXT PRIMARY KEY, lid_migrated INTEGER NOT NULL, asks_for_tokens INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS signal_keys (
  number TEXT NOT NULL, type TEXT NOT NULL, id TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (number, type, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS devices (
  number TEXT NOT NULL, device INTEGER NOT NULL, noise_key BLOB NOT NULL, identity_key BLOB NOT NULL,
  registration_id INTEGER NOT NULL, signed_pre_key_id INTEGER NOT NULL, signed_pre_key BLOB NOT NULL,
  signed_pre_key_signature BLOB NOT NULL, history_asked INTEGER NOT NULL DEFAULT 0, linked_at TEXT NOT NULL,
  PRIMARY KEY (number, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device_names (
  number TEXT NOT NULL, device INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (number, device)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passkey_settings (number TEXT PRIMARY KEY, settings TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passkeys (
  number TEXT PRIMARY KEY, credential_id BLOB NOT NULL, user_handle BLOB NOT NULL, private_key TEXT NOT NULL,
  counter INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device_pre_keys (
  number TEXT NOT NULL, device INTEGER NOT NULL, id INTEGER NOT NULL, public BLOB NOT NULL,
  PRIMARY KEY (number, device, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS device_list_watchers (
  number TEXT NOT NULL, watcher_number TEXT NOT NULL, watcher_device INTEGER NOT NULL, addressing_mode TEXT NOT NULL,
  PRIMARY KEY (number, watcher_number, watcher_device, addressing_mode)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS stanza_queue (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, device INTEGER NOT NULL,
  class TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, peer TEXT NOT NULL, stanza TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS stanza_queue_order ON stanza_queue (number, device, seq);
CREATE INDEX IF NOT EXISTS stanza_queue_id ON stanza_queue (number, device, id);
CREATE TABLE IF NOT EXISTS held_back_mail (seq INTEGER PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS received_messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, sender TEXT NOT NULL, id TEXT NOT NULL,
  chat TEXT NOT NULL, type TEXT NOT NULL, text TEXT, caption TEXT, quoted_id TEXT, addressing_mode TEXT NOT NULL,
  copies INTEGER NOT NULL DEFAULT 1, received_at TEXT NOT NULL, UNIQUE (number, sender, id)
) STRICT;
CREATE INDEX IF NOT EXISTS received_messages_order ON received_messages (number, seq);
CREATE TABLE IF NOT EXISTS received_media (
  number TEXT NOT NULL, sender TEXT NOT NULL, id TEXT NOT NULL, mimetype TEXT NOT NULL, size INTEGER NOT NULL,
  sha256 TEXT NOT NULL, filename TEXT, PRIMARY KEY (number, sender, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS received_mentions (
  number TEXT NOT NULL, sender TEXT NOT NULL, id TEXT NOT NULL, mentions TEXT NOT NULL, PRIMARY KEY (number, sender, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent_messages (
  number TEXT NOT NULL, id TEXT NOT NULL, chat TEXT NOT NULL, message BLOB NOT NULL, automatic INTEGER NOT NULL,
  sent_at TEXT NOT NULL, PRIMARY KEY (number, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS groups (
  id TEXT PRIMARY KEY, subject TEXT NOT NULL, subject_at_ms INTEGER NOT NULL, description TEXT,
  announce INTEGER NOT NULL DEFAULT 0, creator TEXT NOT NULL, created_at_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS group_members (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, group_id TEXT NOT NULL, number TEXT NOT NULL, role TEXT NOT NULL,
  UNIQUE (group_id, number)
) STRICT;
CREATE INDEX IF NOT EXISTS group_members_number ON group_members (number, group_id);
CREATE TABLE IF NOT EXISTS sender_key_holders (
  group_id TEXT NOT NULL, number TEXT NOT NULL, holder_number TEXT NOT NULL, holder_device INTEGER NOT NULL,
  PRIMARY KEY (group_id, number, holder_number, holder_device)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS past_messages (
  number TEXT NOT NULL, chat TEXT NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL, text TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (number, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS past_reactions (
  number TEXT NOT NULL, id TEXT NOT NULL, sender TEXT NOT NULL, emoji TEXT NOT NULL, at TEXT NOT NULL,
  PRIMARY KEY (number, id, sender)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retry_requests (
  number TEXT NOT NULL, sender TEXT NOT NULL, id TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (number, sender, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chores (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, number TEXT NOT NULL, due_at_ms INTEGER NOT NULL, chore TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS chores_due ON chores (due_at_ms, seq);
`;

/**
 * Everything the simulated WhatsApp must not forget, in one SQLite file. Calls are synchronous and written through: what
 * a transaction wrote survives `kill -9` of the process from the moment it returns.
 */
export class Database {
  readonly #sqlite: DatabaseSync;
  // One prepared statement per text; the texts are all written out in this folder, so there are only so many.
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    this.#sqlite = new DatabaseSync(join(dataDir, "whatsapp.db"));
    // NORMAL in WAL mode loses nothing when the process dies, only when the machine loses power.
    this.#sqlite.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 5000;");
    this.#sqlite.exec(SCHEMA);
  }

  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = this.#sqlite.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }

  /** All of `work`'s writes or none. `work` must be synchronous; a transaction inside a transaction joins it. */
  transaction<T>(work: () => T): T {
    if (this.#depth > 0) return work();
    this.#sqlite.exec("BEGIN IMMEDIATE");
    this.#depth++;
    try {
      const result = work();
      this.#sqlite.exec("COMMIT");
      return result;
    } catch (error) {
      this.#sqlite.exec("ROLLBACK");
      throw error;
    } finally {
      this.#depth--;
    }
  }

  close(): void {
    this.#sqlite.close();
  }
}

/** A BLOB column. node:sqlite gives a Uint8Array, and libsignal accepts nothing but a Buffer. */
export const Blob = z
  .instanceof(Uint8Array)
  .transform(bytes => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** A 0 or 1 column. */
export const Flag = z.number().transform(value => value === 1);
