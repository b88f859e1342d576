import { isGroup, isLid, type Jid } from "../../domain/jid.ts";
import type { AccountFacts } from "./account-facts.ts";

/** How a chat is named to WhatsApp; `pn` is the person's number beside a LID, where it is known. */
export interface Address {
  readonly to: Jid;
  readonly pn: Jid | null;
}

const rememberedMax = 500;
const refusesLid = "400";

/**
 * Which of a person's two names WhatsApp takes a message under. The account decides: one whose chats have been migrated
 * must use LIDs (to a number it is a 463, OpenWA#717), another must use numbers (to a LID it is a 400, whatsapp-rust#943).
 * whatsmeow always uses LIDs (send.go), so this does where WhatsApp has said nothing of the account. Reports differ on
 * whether the recipient's account counts too: so a person whom WhatsApp refused under one name is written to under the
 * other from then on.
 */
export class Addresses {
  readonly #facts: Pick<AccountFacts, "lidMigrated" | "learn">;
  readonly #otherName: (person: Jid) => Promise<Jid | null>;
  readonly #turned = new Map<Jid, "lid" | "pn">();

  /** `otherName` answers the LID of a number and the number of a LID, or null. */
  constructor(facts: Pick<AccountFacts, "lidMigrated" | "learn">, otherName: (person: Jid) => Promise<Jid | null>) {
    this.#facts = facts;
    this.#otherName = otherName;
  }

  async of(chat: Jid): Promise<Address> {
    if (isGroup(chat)) return { to: chat, pn: null };
    const { lid, pn } = await this.#names(chat);
    const space = this.#turned.get(lid ?? chat) ?? this.#spaceOfAccount;
    return space === "lid" && lid !== null ? { to: lid, pn } : { to: pn ?? chat, pn: null };
  }

  /**
   * WhatsApp refused a message to a person with this code: from now on the person's other name is used. False where there
   * is none.
   */
  async turn(person: Jid, code: string): Promise<boolean> {
    if (isGroup(person)) return false;
    const { lid, pn } = await this.#names(person);
    if (lid === null || pn === null) return false;
    const refused = (await this.of(person)).to;
    if (refused === lid && code === refusesLid && this.#facts.lidMigrated === undefined) {
      this.#facts.learn({ lidMigrated: false });
      return true;
    }
    this.#turned.delete(lid);
    const other = refused === lid ? "pn" : "lid";
    if (other !== this.#spaceOfAccount) this.#remember(lid, other);
    return true;
  }

  get #spaceOfAccount(): "lid" | "pn" {
    return this.#facts.lidMigrated === false ? "pn" : "lid";
  }

  #remember(lid: Jid, space: "lid" | "pn"): void {
    this.#turned.set(lid, space);
    const [oldest] = this.#turned.keys();
    if (this.#turned.size > rememberedMax && oldest !== undefined) this.#turned.delete(oldest);
  }

  async #names(person: Jid): Promise<{ lid: Jid | null; pn: Jid | null }> {
    const other = await this.#otherName(person);
    return isLid(person) ? { lid: person, pn: other } : { lid: other, pn: person };
  }
}
