import { randomBytes } from "node:crypto";

/** How an account stands: locked until then, or not. */
export interface TimeLock {
  readonly number: string;
  /** Whole seconds, as WhatsApp tells it; null once it is over. */
  readonly untilMs: number | null;
  /** Whether the account's devices are told by a push, or only when they ask. */
  readonly isTold: boolean;
}

/**
 * The reach-out time-lock: until its end the account may write to nobody new, and each such message is a 463 (measured:
 * Baileys#2441, evolution-go#50). WhatsApp tells it by a push and on a query (read: Baileys 7.0.0-rc14, Socket/messages-recv.js
 * and Socket/socket.js). POST /faults {kind: "time_lock"} begins one.
 */
export class TimeLocks {
  readonly #locks = new Map<string, { lock: TimeLock; timer: NodeJS.Timeout }>();
  /** Called at the beginning and at the end of each. */
  onChanged: (lock: TimeLock) => void = () => {};

  /** Begins one, in the place of an earlier one; the fault's id. */
  begin({ number, ms, told }: { number: string; ms: number; told: boolean }): string {
    clearTimeout(this.#locks.get(number)?.timer);
    const untilMs = Math.ceil((Date.now() + ms) / 1_000) * 1_000;
    const lock = { number, untilMs, isTold: told };
    const timer = setTimeout(() => this.#end(lock), untilMs - Date.now());
    this.#locks.set(number, { lock, timer });
    this.onChanged(lock);
    return randomBytes(6).toString("hex");
  }

  /** Until when an account is locked; null where it is not. */
  untilMs(number: string): number | null {
    return this.#locks.get(number)?.lock.untilMs ?? null;
  }

  clear(): void {
    for (const { lock } of [...this.#locks.values()]) this.#end(lock);
  }

  #end(lock: TimeLock): void {
    clearTimeout(this.#locks.get(lock.number)?.timer);
    this.#locks.delete(lock.number);
    this.onChanged({ ...lock, untilMs: null });
  }
}
