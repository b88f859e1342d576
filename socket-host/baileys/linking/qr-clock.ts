/** WhatsApp Web shows the first QR for 60 s and each later one for 20 s (WAWebQrDeviceLinking, Baileys socket.js). */
const firstQrMs = 60_000;
const laterQrMs = 20_000;

export interface QrClockOptions {
  /** How long each QR is shown, in milliseconds; as long as WhatsApp Web shows it where undefined. */
  readonly lifetimeMs: number | undefined;
  readonly now: () => number;
  /** Makes the QR's text of a ref and of the credentials as they are now. */
  readonly draw: (ref: string) => string;
  readonly show: (code: string, expiresAtMs: number) => void;
  /** The last QR has expired. */
  readonly ranOut: () => void;
}

/**
 * Shows one QR after the other, for as long as WhatsApp gave refs. Baileys has a clock of its own, which nothing can
 * stop and which ends the socket after 160 s; this one is used in its place, so that a link that has begun can end.
 */
export class QrClock {
  readonly #options: QrClockOptions;
  #refs: readonly string[] = [];
  #current: { readonly ref: string; expiresAtMs: number } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: QrClockOptions) {
    this.#options = options;
  }

  /** Starts over with these refs. */
  start(refs: readonly string[]): void {
    this.#refs = refs;
    this.#next(firstQrMs);
  }

  /** Draws the current ref again with the credentials as they are now, and gives people time to scan it. */
  redraw(): void {
    if (this.#current === undefined) return;
    const leftMs = this.#current.expiresAtMs - this.#options.now();
    this.#show(this.#current.ref, Math.max(leftMs, this.#options.lifetimeMs ?? laterQrMs));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#current = undefined;
    this.#refs = [];
  }

  #next(usualMs: number): void {
    const [ref, ...later] = this.#refs;
    this.#refs = later;
    this.#current = undefined;
    if (ref === undefined) this.#options.ranOut();
    else this.#show(ref, this.#options.lifetimeMs ?? usualMs);
  }

  #show(ref: string, forMs: number): void {
    clearTimeout(this.#timer);
    this.#current = { ref, expiresAtMs: this.#options.now() + forMs };
    this.#timer = setTimeout(() => this.#next(laterQrMs), forMs);
    this.#options.show(this.#options.draw(ref), this.#current.expiresAtMs);
  }
}
