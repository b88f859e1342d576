import { setTimeout as delay } from "node:timers/promises";
import type { LoggedEvent } from "./history.ts";
import type { FaultyProduct } from "./product.ts";

interface EventBody {
  readonly id: string;
  readonly type: string;
  readonly sessionId: string | null;
  readonly sequence: number;
  readonly createdAt: string;
  readonly data: {
    readonly id?: string;
    readonly waMessageId?: string;
    readonly text?: string;
    readonly media?: { readonly caption: string | null } | null;
  };
}

export function loggedEvent({ id, type, sessionId, sequence, createdAt, data }: EventBody): LoggedEvent {
  const { waMessageId } = data;
  const text = data.text ?? data.media?.caption ?? undefined;
  const messageId = type.startsWith("message.") ? data.id : undefined;
  return { id, type, sessionId, sequence, createdAt, messageId, waMessageId, text };
}

/** Reads `GET /api/events` as a customer does who catches up: page after page, by the cursor alone. */
export class LogReader {
  readonly events: LoggedEvent[] = [];
  readonly #product: FaultyProduct;
  #cursor: string | undefined;

  constructor(product: FaultyProduct) {
    this.#product = product;
  }

  /** Reads what there is now. Where the API does not answer, the same cursor is asked again next time. */
  async catchUp(): Promise<"at the end" | "unanswered"> {
    for (;;) {
      const cursor = this.#cursor === undefined ? "" : `&cursor=${encodeURIComponent(this.#cursor)}`;
      const answer = await this.#product.customer.get(`/api/events?limit=100${cursor}`).catch(() => undefined);
      if (answer?.status !== 200) return "unanswered";
      this.events.push(...(answer.body.data as unknown as EventBody[]).map(loggedEvent));
      if (answer.body.nextCursor === null) return "at the end";
      this.#cursor = answer.body.nextCursor;
    }
  }

  async follow(until: AbortSignal, everyMs: number): Promise<void> {
    while (!until.aborted) {
      await this.catchUp();
      await delay(everyMs, undefined, { signal: until }).catch(() => undefined);
    }
  }
}
