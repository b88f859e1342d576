import {
  type AuthenticationCreds,
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  getBinaryNodeChildren,
  proto,
} from "@whiskeysockets/baileys";
import * as z from "zod";
import { within } from "./within.ts";

const Facts = z.object({
  /** Whether the account's chats of two go by LID; undefined where WhatsApp has not said so. */
  lidMigrated: z.boolean().optional(),
  /** What tokens for first contacts are made with, in base64. */
  nctSalt: z.base64().optional(),
  /** Whether the phone's history has been read, where that salt stands. */
  historyRead: z.boolean().optional(),
});
type Facts = z.infer<typeof Facts>;

/** A phone that is online sends its history within seconds of the link. */
const historyWithinMs = 10_000;
/** AB prop `lid_one_on_one_migration_enabled` (whatsapp-rust#943). */
const migrationProp = "9435";

/**
 * What WhatsApp has said of the account and Baileys has no place for. It is kept in the credentials' `additionalData`, so
 * it is durable with them and goes with them.
 */
export class AccountFacts {
  readonly #creds: AuthenticationCreds;
  readonly #changed: () => void;
  readonly #historyRead = Promise.withResolvers<void>();
  #waitedInVain = false;

  /** `changed` has the credentials written. */
  constructor(creds: AuthenticationCreds, changed: () => void) {
    this.#creds = creds;
    this.#changed = changed;
  }

  get lidMigrated(): boolean | undefined {
    return this.#facts.lidMigrated;
  }

  /**
   * The salt of tokens for first contacts; undefined where the phone has told none. One that has just been linked tells it
   * with its history, which is waited for, but only once.
   */
  async nctSalt(): Promise<Buffer | undefined> {
    if (!this.#isHistoryRead && !this.#waitedInVain) {
      await within(historyWithinMs, this.#historyRead.promise);
      this.#waitedInVain = !this.#isHistoryRead;
    }
    const { nctSalt } = this.#facts;
    return nctSalt === undefined ? undefined : Buffer.from(nctSalt, "base64");
  }

  learn(learned: Facts): void {
    const known = this.#facts;
    const facts = { ...known, ...learned };
    if (facts.historyRead === true) this.#historyRead.resolve();
    if (JSON.stringify(facts) === JSON.stringify(known)) return;
    this.#creds.additionalData = facts;
    this.#changed();
  }

  /** Learns what a stanza says of the account: the end of the linking, and the props that each login asks for. */
  hear(stanza: BinaryNode): void {
    if (stanza.tag !== "iq") return;
    const paired = getBinaryNodeChild(stanza, "pair-success");
    const clientProps = paired && getBinaryNodeChildBuffer(paired, "client-props");
    if (clientProps) {
      const { isChatDbLidMigrated } = proto.ClientPairingProps.decode(clientProps);
      this.learn({ lidMigrated: isChatDbLidMigrated === true });
    }
    const props = getBinaryNodeChildren(getBinaryNodeChild(stanza, "props"), "prop");
    const migration = props.find(({ attrs }) => attrs.config_code === migrationProp)?.attrs.config_value;
    // WhatsApp leaves props out that have not changed since the last login: one that is missing says nothing.
    if (migration !== undefined) this.learn({ lidMigrated: migration === "true" || migration === "1" });
  }

  get #isHistoryRead(): boolean {
    return this.#facts.historyRead === true;
  }

  get #facts(): Facts {
    return Facts.safeParse(this.#creds.additionalData).data ?? {};
  }
}
