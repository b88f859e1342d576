import {
  type AuthenticationCreds,
  BufferJSON,
  DEFAULT_CONNECTION_CONFIG,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStoreWithTransaction,
  type SignalRepositoryWithLIDStore,
} from "@whiskeysockets/baileys";
import pino from "pino";
import * as z from "zod";
import type { Database } from "./database.ts";

const ValueRow = z.object({ value: z.string() });

// Baileys' Signal code logs JIDs; what a device can or cannot decrypt is logged where it is acted upon.
const silent = pino({ level: "silent" });

/**
 * One piece of Signal work of one phone (a decryption, the encryption of one message for all its devices). Its ratchet
 * steps are held back until `commit` writes them together with what they led to: a process that dies in between has
 * done neither. Dropping the unit undoes it. A phone must have no two units open at once.
 */
export class SignalUnit {
  readonly repository: SignalRepositoryWithLIDStore;
  readonly #database: Database;
  readonly #number: string;
  /** What was written so far, as JSON by type and id; null where it was deleted. */
  readonly #writes = new Map<string, Map<string, string | null>>();

  constructor(database: Database, number: string, credentials: AuthenticationCreds) {
    this.#database = database;
    this.#number = number;
    this.repository = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(
      { creds: credentials, keys: this.#keyStore() },
      silent,
      async () => [],
    );
  }

  /** Writes the ratchet steps and whatever `record` writes, all or none. */
  commit(record: () => void): void {
    this.#database.transaction(() => {
      for (const [type, values] of this.#writes) for (const [id, value] of values) this.#store(type, id, value);
      record();
    });
    this.#writes.clear();
  }

  #keyStore(): SignalKeyStoreWithTransaction {
    return {
      get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
        const found: { [id: string]: SignalDataTypeMap[T] } = {};
        for (const id of ids) {
          const json = this.#load(type, id);
          if (json !== null) found[id] = JSON.parse(json, BufferJSON.reviver);
        }
        return found;
      },
      set: async data => this.#hold(data),
      isInTransaction: () => true,
      transaction: work => work(),
    };
  }

  #hold(data: SignalDataSet): void {
    for (const [type, values] of Object.entries(data)) {
      const held = this.#writes.get(type) ?? new Map<string, string | null>();
      this.#writes.set(type, held);
      for (const [id, value] of Object.entries(values)) {
        held.set(id, value === null ? null : JSON.stringify(value, BufferJSON.replacer));
      }
    }
  }

  #load(type: string, id: string): string | null {
    const held = this.#writes.get(type)?.get(id);
    if (held !== undefined) return held;
    const row = this.#database
      .prepare("SELECT value FROM signal_keys WHERE number = ? AND type = ? AND id = ?")
      .get(this.#number, type, id);
    return row ? ValueRow.parse(row).value : null;
  }

  #store(type: string, id: string, value: string | null): void {
    if (value === null) {
      this.#database
        .prepare("DELETE FROM signal_keys WHERE number = ? AND type = ? AND id = ?")
        .run(this.#number, type, id);
    } else {
      this.#database
        .prepare("INSERT OR REPLACE INTO signal_keys (number, type, id, value) VALUES (?, ?, ?, ?)")
        .run(this.#number, type, id, value);
    }
  }
}
