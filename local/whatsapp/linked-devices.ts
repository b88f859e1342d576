import * as z from "zod";
import { Blob, type Database, Flag } from "./database.ts";
import type { AddressingMode, DeviceAddress } from "./device-address.ts";
import type { KeyBundle, PublicPreKey, SignedPublicPreKey } from "./key-bundle.ts";

/** What a companion registers when it is linked: the Noise key it logs in with, and its Signal identity. */
export interface DeviceRegistration {
  readonly noiseKey: Buffer;
  readonly identityKey: Buffer;
  readonly registrationId: number;
  readonly signedPreKey: SignedPublicPreKey;
  /** What the phone calls it in its list of linked devices. */
  readonly name: string;
}

export interface LinkedDevice extends DeviceRegistration, DeviceAddress {
  readonly linkedAt: string;
  /** Whether the phone was already asked to send this device its history, which it does once. */
  readonly historyAsked: boolean;
}

const DeviceRow = z
  .object({
    number: z.string(),
    device: z.number(),
    noise_key: Blob,
    identity_key: Blob,
    registration_id: z.number(),
    signed_pre_key_id: z.number(),
    signed_pre_key: Blob,
    signed_pre_key_signature: Blob,
    history_asked: Flag,
    name: z.string().nullable(),
    linked_at: z.string(),
  })
  .transform(
    (row): LinkedDevice => ({
      number: row.number,
      device: row.device,
      noiseKey: row.noise_key,
      identityKey: row.identity_key,
      registrationId: row.registration_id,
      signedPreKey: { id: row.signed_pre_key_id, public: row.signed_pre_key, signature: row.signed_pre_key_signature },
      name: row.name ?? "",
      historyAsked: row.history_asked,
      linkedAt: row.linked_at,
    }),
  );

const PreKeyRow = z.object({ id: z.number(), public: Blob });
const CountRow = z.object({ count: z.number() });
const WatcherRow = z
  .object({ watcher_number: z.string(), watcher_device: z.number(), addressing_mode: z.enum(["pn", "lid"]) })
  .transform(row => ({ number: row.watcher_number, device: row.watcher_device, mode: row.addressing_mode }));

const SELECT = "SELECT * FROM devices LEFT JOIN device_names USING (number, device)";

/** The companions of every phone: who may log in, and the public keys others need to write to them. */
export class LinkedDevices {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  add(address: DeviceAddress, registration: DeviceRegistration, linkedAt: string): void {
    const { noiseKey, identityKey, registrationId, signedPreKey, name } = registration;
    this.#database
      .prepare("INSERT OR REPLACE INTO device_names (number, device, name) VALUES (?, ?, ?)")
      .run(address.number, address.device, name);
    this.#database
      .prepare(
        `INSERT INTO devices (number, device, noise_key, identity_key, registration_id, signed_pre_key_id,
           signed_pre_key, signed_pre_key_signature, linked_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(
        address.number,
        address.device,
        noiseKey,
        identityKey,
        registrationId,
        signedPreKey.id,
        signedPreKey.public,
        signedPreKey.signature,
        linkedAt,
      );
  }

  find({ number, device }: DeviceAddress): LinkedDevice | undefined {
    const row = this.#database.prepare(`${SELECT} WHERE number = ? AND device = ?`).get(number, device);
    return row && DeviceRow.parse(row);
  }

  of(number: string): LinkedDevice[] {
    return this.#database
      .prepare(`${SELECT} WHERE number = ? ORDER BY device`)
      .all(number)
      .map(row => DeviceRow.parse(row));
  }

  /** Forgets the device, its keys and whatever waited for it. */
  remove({ number, device }: DeviceAddress): void {
    this.#database.transaction(() => {
      for (const table of ["devices", "device_names", "device_pre_keys", "stanza_queue"])
        this.#database.prepare(`DELETE FROM ${table} WHERE number = ? AND device = ?`).run(number, device);
      this.#database
        .prepare("DELETE FROM device_list_watchers WHERE watcher_number = ? AND watcher_device = ?")
        .run(number, device);
    });
  }

  markHistoryAsked({ number, device }: DeviceAddress): void {
    this.#database.prepare("UPDATE devices SET history_asked = 1 WHERE number = ? AND device = ?").run(number, device);
  }

  addPreKeys({ number, device }: DeviceAddress, preKeys: readonly PublicPreKey[], signed: SignedPublicPreKey): void {
    this.#database.transaction(() => {
      const insert = this.#database.prepare(
        "INSERT OR REPLACE INTO device_pre_keys (number, device, id, public) VALUES (?, ?, ?, ?)",
      );
      for (const preKey of preKeys) insert.run(number, device, preKey.id, preKey.public);
      this.rotateSignedPreKey({ number, device }, signed);
    });
  }

  rotateSignedPreKey({ number, device }: DeviceAddress, signed: SignedPublicPreKey): void {
    this.#database
      .prepare(
        `UPDATE devices SET signed_pre_key_id = ?, signed_pre_key = ?, signed_pre_key_signature = ?
         WHERE number = ? AND device = ?`,
      )
      .run(signed.id, signed.public, signed.signature, number, device);
  }

  preKeyCount({ number, device }: DeviceAddress): number {
    const row = this.#database
      .prepare("SELECT count(*) AS count FROM device_pre_keys WHERE number = ? AND device = ?")
      .get(number, device);
    return CountRow.parse(row).count;
  }

  /** The device's bundle, which uses up one of its one-time pre-keys. */
  takeBundle(address: DeviceAddress): KeyBundle | undefined {
    const device = this.find(address);
    if (!device) return undefined;
    const row = this.#database
      .prepare(
        `DELETE FROM device_pre_keys WHERE number = ?1 AND device = ?2 AND id =
           (SELECT min(id) FROM device_pre_keys WHERE number = ?1 AND device = ?2) RETURNING id, public`,
      )
      .get(address.number, address.device);
    const { registrationId, identityKey, signedPreKey } = device;
    return { registrationId, identityKey, signedPreKey, ...(row ? { preKey: PreKeyRow.parse(row) } : {}) };
  }

  /** Remembers that a device asked for a person's device list, and so must hear when it changes. */
  watch(number: string, watcher: DeviceAddress, mode: AddressingMode): void {
    this.#database
      .prepare("INSERT OR IGNORE INTO device_list_watchers VALUES (?, ?, ?, ?)")
      .run(number, watcher.number, watcher.device, mode);
  }

  watchers(number: string): { number: string; device: number; mode: AddressingMode }[] {
    return this.#database
      .prepare("SELECT * FROM device_list_watchers WHERE number = ?")
      .all(number)
      .map(row => WatcherRow.parse(row));
  }
}
