import type { DueChore } from "./chores.ts";
import { placeholderAnswer } from "./phone-answers.ts";
import type { PhoneOutbox } from "./phone-outbox.ts";
import type { Receipts } from "./receipts.ts";
import type { World } from "./world.ts";

const BATCH = 100;
const TIMER_MAX_MS = 60_000;

/** Does what phones owe by themselves, when it falls due: receipts, automatic replies, history for a new companion. */
export class PhoneChores {
  readonly #world: World;
  readonly #receipts: Receipts;
  readonly #outbox: PhoneOutbox;
  #timer: NodeJS.Timeout | undefined;
  #working = false;
  #closed = false;

  constructor(world: World, receipts: Receipts, outbox: PhoneOutbox) {
    this.#world = world;
    this.#receipts = receipts;
    this.#outbox = outbox;
  }

  /** Looks what is due, and again when the next chore is; call it whenever a chore was added or a phone came online. */
  wake(): void {
    if (this.#closed || this.#working) return;
    clearTimeout(this.#timer);
    const nextMs = this.#world.chores.nextDueAtMs();
    if (nextMs === null) return;
    const waitMs = Math.min(Math.max(0, nextMs - this.#world.now()), TIMER_MAX_MS);
    this.#timer = setTimeout(() => void this.#work(), waitMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  async #work(): Promise<void> {
    this.#working = true;
    for (;;) {
      const due = this.#closed ? [] : this.#world.chores.due(this.#world.now(), BATCH);
      if (due.length === 0) break;
      for (const chore of due) await this.#do(chore);
    }
    this.#working = false;
    this.wake();
  }

  async #do(due: DueChore): Promise<void> {
    if (this.#closed) return;
    try {
      await this.#perform(due);
    } catch (error) {
      // Kept, it would be tried again at once and for ever; what it was stands in the log.
      this.#world.log.error("phone could not do a chore", { error, chore: due.chore.kind });
      this.#world.chores.remove(due.seq);
    }
  }

  async #perform({ seq, number, chore }: DueChore): Promise<void> {
    const phone = this.#world.phones.find(number);
    const done = () => this.#world.chores.remove(seq);
    if (!phone) return done();
    switch (chore.kind) {
      case "delivered":
      case "read": {
        const type = chore.kind === "read" ? "read" : undefined;
        const { id, to, mode, group } = chore;
        this.#receipts.fromPhone(phone, { ids: [id], to, type, mode, group }, done);
        return;
      }
      case "reply": {
        const to = this.#world.phones.named(chore.to);
        if (!to) return done();
        await this.#outbox.sendText(phone, { to, text: chore.text, automatic: true }, done);
        return;
      }
      case "history": {
        const device = this.#world.devices.find({ number, device: chore.device });
        if (!device) return done();
        await this.#outbox.sendHistory(phone, chore.device, done);
        return;
      }
      case "tell":
        await this.#outbox.tell(
          phone,
          chore.device,
          placeholderAnswer(this.#world, phone, chore.requestId, chore.ids),
          done,
        );
        return;
      default:
        return chore satisfies never;
    }
  }
}
