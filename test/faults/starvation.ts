import type { Standstill } from "./history.ts";

const lookEveryMs = 250;
/** A timer that comes this late says that the machine gives its processes no time, the hosts no more than this one. */
const lateMs = 1_500;

/** Notes when this process stood still, which on a busy machine means that any host may have. */
export class Starvation {
  readonly standstills: Standstill[] = [];
  readonly #timer: NodeJS.Timeout;
  #lastMs = Date.now();

  constructor() {
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = Date.now();
    if (nowMs - this.#lastMs > lateMs) {
      this.standstills.push({ hostId: undefined, fromMs: this.#lastMs, toMs: nowMs });
    }
    this.#lastMs = nowMs;
  }
}
