import { jidNormalizedUser, type SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";
import { isGroup, isLid, Jid } from "../../domain/jid.ts";

interface Named {
  /** The number's JID where it is known, else the LID; or a group. */
  readonly jid: Jid;
  readonly lid: Jid | null;
}

const rememberedMax = 500;

/** Both names of people, as far as the session knows them by now; nobody is asked. */
export class KnownNames {
  readonly #keys: Pick<SignalKeyStoreWithTransaction, "get">;
  readonly #known = new Map<string, Named>();

  constructor(keys: Pick<SignalKeyStoreWithTransaction, "get">) {
    this.#keys = keys;
  }

  /** Undefined where it is the name of no person and no group. */
  async of(text: string | null | undefined): Promise<Named | undefined> {
    const { data: jid } = Jid.safeParse(jidNormalizedUser(text ?? undefined));
    if (jid === undefined || isGroup(jid)) return jid && { jid, lid: null };
    const known = this.#known.get(jid) ?? (await this.#lookUp(jid));
    if (this.#known.size >= rememberedMax) this.#known.clear();
    this.#known.set(jid, known);
    return known;
  }

  /** As Baileys keeps them: a number's LID under the number, a LID's number under `<lid>_reverse` (lib/Signal/lid-mapping.js). */
  async #lookUp(jid: Jid): Promise<Named> {
    const user = jid.slice(0, jid.indexOf("@"));
    const name = isLid(jid) ? `${user}_reverse` : user;
    const other = (await this.#keys.get("lid-mapping", [name]))[name];
    if (other === undefined) return { jid, lid: isLid(jid) ? jid : null };
    const parsed = Jid.parse(`${other}@${isLid(jid) ? "s.whatsapp.net" : "lid"}`);
    return isLid(jid) ? { jid: parsed, lid: jid } : { jid, lid: parsed };
  }
}
