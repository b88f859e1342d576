import { chatOf } from "../domain/chat/chat.ts";
import type { Now } from "../domain/clock.ts";
import { noteWhatsAppName } from "../domain/contact/whatsapp-name.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { isLid, type Jid } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { SessionRef } from "../domain/session/session.ts";
import type { EventOutlet } from "./event-outlet.ts";
import type { Hold } from "./hold.ts";
import { pause } from "./loop.ts";
import { persist } from "./persist.ts";

export interface ContactNamesOptions {
  readonly db: Db<"contacts" | "chats" | "events">;
  readonly outlet: EventOutlet;
  readonly ref: SessionRef;
  readonly hold: Hold;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
}

/** What WhatsApp says that somebody goes by. */
export interface ToldName {
  /** The number's JID or the LID, as it was told. */
  readonly person: Jid;
  readonly name: string;
  /** When they went by it. */
  readonly atMs: number;
  /** What told it: said again, it changes nothing. */
  readonly cause: readonly string[];
}

const waitingMax = 1_000;
const rememberedMax = 500;
/** A contact may be made, or lose its name, after its person wrote: so long at most it stays without. */
const rememberedForMs = 600_000;

/**
 * Gives the tenant's contacts the names that WhatsApp tells, one after the other, beside whatever tells them: nothing
 * waits for it. A name is looked at when it is another than before, and else every ten minutes at most. Of more than
 * are kept in mind, and of a crash in between, the person's next message makes up.
 */
export class ContactNames {
  readonly #options: ContactNamesOptions;
  readonly #stop = new AbortController();
  readonly #remembered = new Map<Jid, { readonly name: string; readonly untilMs: number }>();
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: ContactNamesOptions) {
    this.#options = options;
  }

  hear(told: ToldName): void {
    if (this.#isRemembered(told) || this.#waiting >= waitingMax || this.#stop.signal.aborted) return;
    this.#waiting++;
    this.#last = this.#last.then(() => this.#take(told)).finally(() => this.#waiting--);
  }

  /** Finishes what was heard within the grace, and writes nothing afterwards. */
  async stop(graceMs: number): Promise<void> {
    await Promise.race([this.#last, pause(graceMs, [this.#options.hold.signal, this.#stop.signal])]);
    this.#stop.abort();
    await this.#last;
  }

  async #take(told: ToldName): Promise<void> {
    if (this.#isRemembered(told)) return;
    const { hold, log, random } = this.#options;
    const signal = AbortSignal.any([this.#stop.signal, hold.signal]);
    try {
      await persist("name of a contact", () => this.#note(told), { signal, log, random });
    } catch (error) {
      if (!signal.aborted) log.error("name of a contact left out", { error });
    }
  }

  async #note({ person, name, atMs, cause }: ToldName): Promise<void> {
    const { db, outlet, ref, hold, now, log } = this.#options;
    const number = isLid(person) ? (await chatOf(db, ref, person)).id : person;
    // Whose number is not known yet cannot be found among the contacts; it may be known the next time.
    if (isLid(number)) return;
    hold.check();
    const change = { cause: ["whatsapp", ref.id, ...cause].join("#"), nowMs: now() };
    const events = await noteWhatsAppName(db, ref.tenantId, number, { name, atMs }, change);
    outlet.publish(events);
    this.#remember(person, name);
    if (events.length > 0) log.info("contact named by whatsapp", { contacts: events.length });
  }

  #isRemembered({ person, name }: ToldName): boolean {
    const last = this.#remembered.get(person);
    return last !== undefined && last.name === name && last.untilMs > this.#options.now();
  }

  #remember(person: Jid, name: string): void {
    this.#remembered.delete(person);
    this.#remembered.set(person, { name, untilMs: this.#options.now() + rememberedForMs });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > rememberedMax && oldest !== undefined) this.#remembered.delete(oldest);
  }
}
