import { jidNormalizedUser, type WASocket } from "@whiskeysockets/baileys";
import { isGroup, isLid, Jid } from "../../domain/jid.ts";
import { NotOnWhatsApp } from "../whatsapp-port.ts";
import type { GroupCache } from "./group-cache.ts";
import { renewKeyOfLeavers } from "./sender-key-renewal.ts";

type Sock = Pick<WASocket, "signalRepository" | "onWhatsApp" | "authState">;

/** Makes sure that WhatsApp knows whom a message is for, and how the chat with them names people. */
export class Recipients {
  readonly #sock: Sock;
  readonly #groups: GroupCache;

  constructor(sock: Sock, groups: GroupCache) {
    this.#sock = sock;
    this.#groups = groups;
  }

  /**
   * Throws NotOnWhatsApp or GroupUnavailable. Who already has the key to what this session writes to a group is noted
   * before the key leaves (lib/Socket/messages-send.js): so where a message may have been lost on its way, everybody
   * gets the key `again`.
   */
  async ready(to: Jid, again: boolean): Promise<void> {
    if (!isGroup(to)) return this.#findNames(to);
    await renewKeyOfLeavers(this.#sock, to, await this.#groups.of(to));
    if (again) await this.#sock.authState.keys.set({ "sender-key-memory": { [to]: null } });
  }

  /** How a chat names somebody: a group by LID or by number, whichever it goes by, as far as WhatsApp says it. */
  async namedIn(chat: Jid, person: Jid): Promise<Jid> {
    if (!isGroup(chat)) return person;
    const { addressingMode } = await this.#groups.of(chat);
    const byLid = addressingMode !== "pn";
    if (byLid === isLid(person)) return person;
    return (await this.known(person)) ?? person;
  }

  /** A number's LID, which WhatsApp is asked for, or a LID's number. Throws NotOnWhatsApp. */
  async otherName(person: Jid): Promise<Jid | null> {
    if (isGroup(person)) return null;
    await this.#findNames(person);
    return this.known(person);
  }

  /** The same, without asking whether a number has an account. */
  async known(person: Jid): Promise<Jid | null> {
    const { lidMapping } = this.#sock.signalRepository;
    const other = isLid(person) ? await lidMapping.getPNForLID(person) : await lidMapping.getLIDForPN(person);
    return Jid.safeParse(jidNormalizedUser(other ?? undefined)).data ?? null;
  }

  /**
   * Baileys encrypts to LIDs and fails for a number whose LID it does not know, so WhatsApp is asked for it first; a
   * number that has none is asked for as a contact, to tell one that is not on WhatsApp from one that could not be found.
   */
  async #findNames(to: Jid): Promise<void> {
    if (isLid(to) || (await this.#sock.signalRepository.lidMapping.getLIDForPN(to)) !== null) return;
    const found = await this.#sock.onWhatsApp(to);
    if (found !== undefined && !found.some(contact => contact.exists)) throw new NotOnWhatsApp("no such account");
  }
}
