import { type BinaryNode, getBinaryNodeChild } from "@whiskeysockets/baileys";
import type { Log } from "../../domain/log.ts";

/** How many stanzas are asked for at once. Memory holds one window; WhatsApp Web asks for 10 to 200 (whatsapp-rust#359). */
const windowSize = 100;
/** How long nothing comes before a window that is not full is taken for its end, whatever the server counts in it. */
const quietMs = 200;
/** WhatsApp Web gives up after the same time (zapo, WaOfflineResumeCoordinator). */
const stallMs = 60_000;

export interface OfflineQueueOptions {
  /** Asks for the next window. */
  readonly ask: (count: number) => Promise<void>;
  /** Nothing comes any more, and no end either: the connection is deaf. */
  readonly stalled: () => void;
  /** How long nothing may come; 60 s unless told. */
  readonly stallMs?: number | undefined;
  readonly log: Log;
}

/**
 * What WhatsApp kept for a session that was away.
 *
 *     idle ──offline_preview──▶ draining ──offline──▶ idle
 *                                  └──nothing for 60 s──▶ stalled
 *
 * WhatsApp announces it, gives out as many stanzas as it is asked for, and sends nothing new before the end. Baileys
 * asks for one window a connection and never again (Baileys#2810), so the rest would be withheld for ever; here the
 * next window is asked for once all that came is handled. Measured by others: zapo#269, whatsapp-rust#125.
 */
export class OfflineQueue {
  readonly #options: OfflineQueueOptions;
  #draining = false;
  #left = 0;
  /** Stanzas that were asked for and have not come. */
  #due = 0;
  #unhandled = 0;
  #cameSinceAsked = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OfflineQueueOptions) {
    this.#options = options;
  }

  /** Sees a stanza before it is handled. */
  seen(stanza: BinaryNode): void {
    const preview = getBinaryNodeChild(stanza, "offline_preview");
    if (stanza.tag === "ib" && preview !== undefined) this.#begin(Number(preview.attrs.count ?? 0));
    if (stanza.tag === "ib" && getBinaryNodeChild(stanza, "offline") !== undefined) this.#finish();
    if (!this.#draining || stanza.attrs.offline === undefined) return;
    this.#left = Math.max(0, this.#left - 1);
    this.#due--;
    this.#unhandled++;
    this.#cameSinceAsked = true;
    clearTimeout(this.#timer);
  }

  /** A stanza was handled, well or not. */
  handled(stanza: BinaryNode): void {
    if (!this.#draining || stanza.attrs.offline === undefined) return;
    this.#unhandled--;
    if (this.#unhandled > 0) return;
    if (this.#due <= 0) this.#ask();
    else this.#wait();
  }

  /** Nothing more is asked for. */
  stop(): void {
    this.#draining = false;
    clearTimeout(this.#timer);
  }

  #begin(total: number): void {
    if (!this.#draining) this.#unhandled = 0;
    this.#draining = true;
    this.#left = total;
    this.#options.log.info("offline queue", { offlineQueue: total });
    this.#ask();
  }

  #finish(): void {
    if (this.#draining) this.#options.log.info("offline queue", { offlineQueue: 0 });
    this.stop();
  }

  #ask(): void {
    this.#due = windowSize;
    this.#cameSinceAsked = false;
    this.#options.log.debug("offline queue", { offlineQueue: this.#left });
    // A request that cannot be written is one on a connection that has ended, which the connection tells by itself.
    this.#options.ask(windowSize).catch(error => this.#options.log.debug("offline window not asked for", { error }));
    this.#wait();
  }

  /** Everything that came is handled: it is the server's turn. */
  #wait(): void {
    clearTimeout(this.#timer);
    const { stallMs: stalledAfterMs = stallMs } = this.#options;
    this.#timer = this.#cameSinceAsked
      ? setTimeout(() => this.#ask(), quietMs)
      : setTimeout(() => this.#stall(), stalledAfterMs);
  }

  #stall(): void {
    this.#options.log.warn("offline queue stalled", { offlineQueue: this.#left });
    this.stop();
    this.#options.stalled();
  }
}
