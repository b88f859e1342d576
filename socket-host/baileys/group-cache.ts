import type { GroupMetadata } from "@whiskeysockets/baileys";
import * as z from "zod";
import type { Jid } from "../../domain/jid.ts";
import { GroupUnavailable } from "../whatsapp-port.ts";

export interface GroupCacheOptions {
  /** Asks WhatsApp. */
  readonly fetch: (group: Jid) => Promise<GroupMetadata>;
  readonly now: () => number;
}

/** A socket writes to few groups at a time; one with a thousand people takes some 200 kB. */
export const groupsKeptMax = 50;
const keptMs = 5 * 60_000;

interface Entry {
  readonly metadata: GroupMetadata;
  readonly atMs: number;
}

/** WhatsApp's words for a group that one is not in, or that there is not: asking again changes nothing. */
const lasting = new Set([401, 403, 404, 406, 410]);
const Refusal = z.object({ data: z.number().int() });

/**
 * Who is in the groups that a socket writes to. A list that is out of date would leave somebody out, who could not read
 * the message: so an entry goes as soon as WhatsApp says that anything of its group changed, is asked for anew after a
 * while in any case, and does not outlive the socket. What was asked for before a change is not kept after it.
 */
export class GroupCache {
  readonly #options: GroupCacheOptions;
  readonly #entries = new Map<string, Entry>();
  #changes = 0;

  constructor(options: GroupCacheOptions) {
    this.#options = options;
  }

  /** A group as WhatsApp has it. Throws GroupUnavailable where the session is not in it, or there is none. */
  async of(group: Jid): Promise<GroupMetadata> {
    const known = this.known(group);
    if (known !== undefined) return known;
    const changesBefore = this.#changes;
    const metadata = await this.#ask(group);
    if (changesBefore === this.#changes) this.#keep(group, metadata);
    return metadata;
  }

  /** A group as it is known, without asking. */
  known(group: string): GroupMetadata | undefined {
    const entry = this.#entries.get(group);
    if (entry === undefined || this.#options.now() - entry.atMs >= keptMs) return undefined;
    return entry.metadata;
  }

  /** Something of the group is not as it was. */
  changed(group: string): void {
    this.#changes++;
    this.#entries.delete(group);
  }

  /** Nothing is known any more. */
  clear(): void {
    this.#changes++;
    this.#entries.clear();
  }

  async #ask(group: Jid): Promise<GroupMetadata> {
    try {
      return await this.#options.fetch(group);
    } catch (error) {
      const refusal = Refusal.safeParse(error);
      if (!refusal.success || !lasting.has(refusal.data.data)) throw error;
      throw new GroupUnavailable(String(refusal.data.data), { cause: error });
    }
  }

  #keep(group: string, metadata: GroupMetadata): void {
    this.#entries.delete(group);
    this.#entries.set(group, { metadata, atMs: this.#options.now() });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > groupsKeptMax && oldest !== undefined) this.#entries.delete(oldest);
  }
}
