import { setTimeout as delay } from "node:timers/promises";

/** What became of a message that was written to the socket. */
export type AckOutcome =
  | { readonly outcome: "acked" }
  | { readonly outcome: "nacked"; readonly code: string }
  /** No word in time: WhatsApp may have it or not; the same id is sent again. */
  | { readonly outcome: "silent" }
  /** The socket went first. */
  | { readonly outcome: "lost" };

interface Waiting {
  settle(outcome: AckOutcome): void;
}

/** Who waits for WhatsApp's word on which message; bounded by the messages in flight. */
export class Acks {
  readonly #waiting = new Map<string, Waiting>();

  /** To be asked before the message is written, or its ack may come first. `lost` aborts when the socket is gone. */
  expect(waMessageId: string, withinMs: number, lost: AbortSignal): Promise<AckOutcome> {
    const timeout = new AbortController();
    const { promise: word, resolve: settle } = Promise.withResolvers<AckOutcome>();
    const waiting = { settle };
    this.#waiting.set(waMessageId, waiting);
    const silence = delay<AckOutcome>(
      withinMs,
      { outcome: "silent" },
      { signal: AbortSignal.any([timeout.signal, lost]) },
    );
    const outcome = Promise.race([word, silence.catch((): AckOutcome => ({ outcome: "lost" }))]);
    return outcome.finally(() => {
      timeout.abort();
      // A later try of the same message may wait under the same id by now.
      if (this.#waiting.get(waMessageId) === waiting) this.#waiting.delete(waMessageId);
    });
  }

  /** WhatsApp's word. False where nobody waits for it. */
  acked(waMessageId: string, errorCode: string | null): boolean {
    const waiting = this.#waiting.get(waMessageId);
    waiting?.settle(errorCode === null ? { outcome: "acked" } : { outcome: "nacked", code: errorCode });
    return waiting !== undefined;
  }
}
