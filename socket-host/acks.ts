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

export interface AckLimits {
  /** How long a message may take until it is on the wire: it waits for other work of its session, and for keys. */
  readonly leaveWithinMs: number;
  /** How long WhatsApp's word may take from then on. */
  readonly ackWithinMs: number;
}

export interface ExpectedAck {
  readonly outcome: Promise<AckOutcome>;
  /** The message is on the wire. */
  left(): void;
}

/** Who waits for WhatsApp's word on which message; bounded by the messages in flight. */
export class Acks {
  readonly #waiting = new Map<string, Waiting>();

  /** To be asked before the message is written, or its ack may come first. `lost` aborts when the socket is gone. */
  expect(waMessageId: string, { leaveWithinMs, ackWithinMs }: AckLimits, lost: AbortSignal): ExpectedAck {
    const { promise: word, resolve: settle } = Promise.withResolvers<AckOutcome>();
    const waiting = { settle };
    this.#waiting.set(waMessageId, waiting);
    let isOver = false;
    let timer = setTimeout(() => settle({ outcome: "silent" }), leaveWithinMs);
    const loses = () => settle({ outcome: "lost" });
    if (lost.aborted) loses();
    else lost.addEventListener("abort", loses, { once: true });
    const outcome = word.finally(() => {
      isOver = true;
      clearTimeout(timer);
      lost.removeEventListener("abort", loses);
      // A later try of the same message may wait under the same id by now.
      if (this.#waiting.get(waMessageId) === waiting) this.#waiting.delete(waMessageId);
    });
    const left = () => {
      clearTimeout(timer);
      if (!isOver) timer = setTimeout(() => settle({ outcome: "silent" }), ackWithinMs);
    };
    return { outcome, left };
  }

  /** WhatsApp's word. False where nobody waits for it. */
  acked(waMessageId: string, errorCode: string | null): boolean {
    const waiting = this.#waiting.get(waMessageId);
    waiting?.settle(errorCode === null ? { outcome: "acked" } : { outcome: "nacked", code: errorCode });
    return waiting !== undefined;
  }
}
