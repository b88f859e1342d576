import { joinNames } from "../domain/chat/join.ts";
import type { Now } from "../domain/clock.ts";
import { findSpelling, type KnownSpelling, keepSpelling, knownSpelling } from "../domain/contact/known-spelling.ts";
import { spellingsOf } from "../domain/contact/spellings.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { Jid } from "../domain/jid.ts";
import type { SessionRef } from "../domain/session/session.ts";
import type { Hold } from "./hold.ts";
import { NotOnWhatsApp, type WhatsAppSocket } from "./whatsapp-port.ts";

export interface RecipientsOptions {
  readonly db: Db<"chats" | "messages">;
  readonly ref: SessionRef;
  readonly hold: Hold;
  readonly now: Now;
}

const rememberedMax = 500;

/** Under which JID WhatsApp knows those whom a customer writes to, where a number has more than one spelling. */
export class Recipients {
  readonly #options: RecipientsOptions;
  readonly #remembered = new Map<Jid, KnownSpelling>();

  constructor(options: RecipientsOptions) {
    this.#options = options;
  }

  /**
   * The JID to send to. A number of a country with two spellings is asked for under both, once a week at most, and from
   * then on both are one chat; any other is what it is. Throws NotOnWhatsApp where neither spelling has an account.
   */
  async resolve(to: Jid, socket: Pick<WhatsAppSocket, "onWhatsApp">): Promise<Jid> {
    const spellings = spellingsOf(to);
    if (spellings.length === 1) return to;
    const { jid } = this.#rememberedOf(to) ?? (await this.#learn(to, spellings, socket));
    if (jid === null) throw new NotOnWhatsApp("no such account under either spelling");
    return jid;
  }

  #rememberedOf(to: Jid): KnownSpelling | undefined {
    const known = this.#remembered.get(to);
    return known !== undefined && known.ttl * 1_000 > this.#options.now() ? known : undefined;
  }

  async #learn(to: Jid, spellings: readonly Jid[], socket: Pick<WhatsAppSocket, "onWhatsApp">): Promise<KnownSpelling> {
    const { db, ref, hold, now } = this.#options;
    const known = (await findSpelling(db, ref.tenantId, to, now())) ?? (await this.#ask(to, spellings, socket));
    hold.check();
    if (known.jid !== null && known.jid !== to) await joinNames(db, ref, { known: known.jid, other: to });
    this.#remember(to, known);
    return known;
  }

  async #ask(to: Jid, spellings: readonly Jid[], socket: Pick<WhatsAppSocket, "onWhatsApp">): Promise<KnownSpelling> {
    const { db, ref, now } = this.#options;
    const there = await socket.onWhatsApp(spellings);
    const known = knownSpelling(there.find(jid => jid === to) ?? there[0] ?? null, now());
    await keepSpelling(db, ref.tenantId, to, known);
    return known;
  }

  #remember(to: Jid, known: KnownSpelling): void {
    this.#remembered.delete(to);
    this.#remembered.set(to, known);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > rememberedMax && oldest !== undefined) this.#remembered.delete(oldest);
  }
}
