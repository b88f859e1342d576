import { randomInt } from "node:crypto";
import {
  type AuthenticationCreds,
  BufferJSON,
  Curve,
  initAuthCreds,
  jidDecode,
  type KeyPair,
} from "@whiskeysockets/baileys";
import * as z from "zod";
import { type Database, Flag } from "./database.ts";
import type { DeviceAddress } from "./device-address.ts";
import { isHosted } from "./hosted-server.ts";
import type { KeyBundle } from "./key-bundle.ts";

/** How a simulated person behaves; PATCH /phones/:number changes it. */
/** What WhatsApp asks of the account. */
export interface AccountSettings {
  /** Whether the account's chats of two go by LID; see wire-addresses.ts. */
  readonly lidMigrated: boolean;
  /** Whether a message that begins a chat must carry a token; see first-contacts.ts. */
  readonly asksForTokens: boolean;
}

export interface PhoneSettings extends AccountSettings {
  /** What the person goes by, which its messages carry. */
  readonly name: string;
  readonly online: boolean;
  readonly readsMessages: boolean;
  readonly repliesWith: string | null;
  readonly deliveryDelayMs: number;
  /**
   * Which of its names its messages carry to others: the number and the LID, with either first, or the LID alone; or
   * those of a business that WhatsApp hosts.
   */
  readonly addressing: Addressing;
  /** Whether the account's chats of two go by LID; see wire-addresses.ts. */
  readonly lidMigrated: boolean;
}

export const addressings = ["number", "lid", "lid_alone", "hosted", "hosted_lid"] as const;
type Addressing = (typeof addressings)[number];

export interface Phone extends PhoneSettings {
  readonly number: string;
  /** The user part of the person's LID. */
  readonly lid: string;
}

const PhoneRow = z
  .object({
    number: z.string(),
    lid: z.string(),
    name: z.string(),
    online: Flag,
    reads_messages: Flag,
    replies_with: z.string().nullable(),
    delivery_delay_ms: z.number(),
    addressing: z.enum(addressings).nullable(),
    lid_migrated: z.number().nullable(),
    asks_for_tokens: z.number().nullable(),
  })
  .transform(row => ({
    number: row.number,
    lid: row.lid,
    name: row.name,
    online: row.online,
    readsMessages: row.reads_messages,
    repliesWith: row.replies_with,
    deliveryDelayMs: row.delivery_delay_ms,
    addressing: row.addressing ?? "number",
    lidMigrated: row.lid_migrated !== 0,
    asksForTokens: row.asks_for_tokens !== 0,
  }));

const COLUMNS = `number, lid, name, online, reads_messages, replies_with, delivery_delay_ms,
  (SELECT addressing FROM phone_addressing WHERE phone_addressing.number = phones.number) AS addressing,
  (SELECT lid_migrated FROM phone_accounts WHERE phone_accounts.number = phones.number) AS lid_migrated,
  (SELECT asks_for_tokens FROM phone_accounts WHERE phone_accounts.number = phones.number) AS asks_for_tokens`;
const NumberRow = z.object({ number: z.string() });
const Taken = z.object({ taken: z.number() });
/** One-time pre-keys that a phone keeps: older ones were handed out and never used. */
const PRE_KEYS_KEPT = 1_000;

/** The simulated phones: who is on WhatsApp at all, and each phone's own Signal identity. */
export class Phones {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A new phone with a new Signal identity and a new LID, or undefined where the number has one already. */
  create(number: string, name: string, account: AccountSettings): Phone | undefined {
    if (this.find(number)) return undefined;
    const credentials = JSON.stringify(initAuthCreds(), BufferJSON.replacer);
    this.#database
      .prepare("INSERT INTO phones (number, lid, name, credentials) VALUES (?, ?, ?, ?)")
      .run(number, this.#unusedLid(), name, credentials);
    this.#noteAccount(number, account);
    return this.find(number);
  }

  #noteAccount(number: string, { lidMigrated, asksForTokens }: AccountSettings): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO phone_accounts (number, lid_migrated, asks_for_tokens) VALUES (?, ?, ?)")
      .run(number, Number(lidMigrated), Number(asksForTokens));
  }

  find(number: string): Phone | undefined {
    const row = this.#database.prepare(`SELECT ${COLUMNS} FROM phones WHERE number = ?`).get(number);
    return row && PhoneRow.parse(row);
  }

  list(): Phone[] {
    return this.#database
      .prepare(`SELECT ${COLUMNS} FROM phones ORDER BY number`)
      .all()
      .map(row => PhoneRow.parse(row));
  }

  change(number: string, settings: Partial<PhoneSettings>): void {
    const phone = this.find(number);
    if (!phone) return;
    const next = { ...phone, ...settings };
    this.#database
      .prepare(
        "UPDATE phones SET name = ?, online = ?, reads_messages = ?, replies_with = ?, delivery_delay_ms = ? WHERE number = ?",
      )
      .run(next.name, Number(next.online), Number(next.readsMessages), next.repliesWith, next.deliveryDelayMs, number);
    this.#database
      .prepare("INSERT OR REPLACE INTO phone_addressing (number, addressing) VALUES (?, ?)")
      .run(number, next.addressing);
    this.#noteAccount(number, next);
  }

  /** The phone behind a JID, whether it names it by number or by LID and whichever device it means. */
  named(jid: string): Phone | undefined {
    const decoded = jidDecode(jid);
    if (!decoded) return undefined;
    if (decoded.server === "lid" || decoded.server === "hosted.lid") return this.#findByLid(decoded.user);
    return ["s.whatsapp.net", "c.us", "hosted"].includes(decoded.server) ? this.find(decoded.user) : undefined;
  }

  /** The device behind a JID; a JID without a device means the phone itself. */
  addressOf(jid: string): DeviceAddress | undefined {
    const phone = this.named(jid);
    const { server = "", device = 0 } = jidDecode(jid) ?? {};
    // A hosted business is a simulated phone here, which writes under another name.
    return phone && { number: phone.number, device: isHosted(server) ? 0 : device };
  }

  /** The phone's Signal identity, its private keys included. */
  credentials(number: string): AuthenticationCreds {
    const row = this.#database.prepare("SELECT credentials FROM phones WHERE number = ?").get(number);
    return JSON.parse(z.object({ credentials: z.string() }).parse(row).credentials, BufferJSON.reviver);
  }

  /** The number that the next linked device of this phone gets; never one that an earlier device had. */
  takeDeviceNumber(number: string): number {
    return this.#take("next_device", number);
  }

  /** A key bundle for whoever wants to write to the phone, with a one-time pre-key of its own. */
  issueBundle(number: string): KeyBundle {
    const credentials = this.credentials(number);
    const preKey = this.#issuePreKey(number);
    return {
      registrationId: credentials.registrationId,
      identityKey: Buffer.from(credentials.signedIdentityKey.public),
      signedPreKey: {
        id: credentials.signedPreKey.keyId,
        public: Buffer.from(credentials.signedPreKey.keyPair.public),
        signature: Buffer.from(credentials.signedPreKey.signature),
      },
      preKey: { id: preKey.id, public: Buffer.from(preKey.pair.public) },
    };
  }

  #issuePreKey(number: string): { id: number; pair: KeyPair } {
    const pair = Curve.generateKeyPair();
    return this.#database.transaction(() => {
      const id = this.#take("next_pre_key", number);
      this.#database
        .prepare("INSERT INTO signal_keys (number, type, id, value) VALUES (?, 'pre-key', ?, ?)")
        .run(number, String(id), JSON.stringify(pair, BufferJSON.replacer));
      this.#database
        .prepare("DELETE FROM signal_keys WHERE number = ? AND type = 'pre-key' AND id = ?")
        .run(number, String(id - PRE_KEYS_KEPT));
      return { id, pair };
    });
  }

  #take(counter: "next_device" | "next_pre_key", number: string): number {
    const row = this.#database
      .prepare(`UPDATE phones SET ${counter} = ${counter} + 1 WHERE number = ? RETURNING ${counter} - 1 AS taken`)
      .get(number);
    return Taken.parse(row).taken;
  }

  /** Gives the person a new LID; the old one still leads to them. */
  renewLid(number: string): void {
    this.#database.transaction(() => {
      this.#database.prepare("INSERT INTO former_lids SELECT lid, number FROM phones WHERE number = ?").run(number);
      this.#database.prepare("UPDATE phones SET lid = ? WHERE number = ?").run(this.#unusedLid(), number);
    });
  }

  #findByLid(lid: string): Phone | undefined {
    const select = "SELECT number FROM phones WHERE lid = ?1 UNION SELECT number FROM former_lids WHERE lid = ?1";
    const row = this.#database.prepare(select).get(lid);
    return row && this.find(NumberRow.parse(row).number);
  }

  #unusedLid(): string {
    for (;;) {
      const lid = `${randomInt(1, 10)}${String(randomInt(0, 10 ** 7)).padStart(7, "0")}${String(randomInt(0, 10 ** 7)).padStart(7, "0")}`;
      if (!this.#findByLid(lid)) return lid;
    }
  }
}
