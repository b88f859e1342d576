import { setTimeout as delay } from "node:timers/promises";
import type { Accepted, Spoken } from "./history.ts";
import type { LinkedSession } from "./people.ts";
import type { FaultyProduct } from "./product.ts";
import { type Chance, chanceOf } from "./random.ts";

export interface TrafficOptions {
  readonly product: FaultyProduct;
  readonly sessions: readonly LinkedSession[];
  readonly people: readonly string[];
  readonly seed: number;
  readonly everyMs: number;
}

const priorities = ["normal", "normal", "normal", "high", "low"] as const;
const shareOfFiles = 0.12;
const retryPauseMs = 250;
const acceptWithinMs = 60_000;
const answersThatMayChange = new Set([409, 429, 500, 502, 503, 504]);

/**
 * Messages both ways at a steady pace, some of them files: customers ask the API until it accepts, each under one idempotency key, and
 * people write on their phones. Within a chat one comes after the other, so that there is an order to be kept.
 */
export class Traffic {
  readonly accepted: Accepted[] = [];
  readonly spoken: Spoken[] = [];
  /** Requests that the API refused for good. */
  readonly refused: string[] = [];
  /** Requests that it was not well enough to answer in time: whether they were accepted is not known. */
  readonly unanswered: string[] = [];
  readonly #options: TrafficOptions;
  readonly #chance: Chance;
  readonly #chats = new Map<string, Promise<void>>();
  #count = 0;

  constructor(options: TrafficOptions) {
    this.#options = options;
    this.#chance = chanceOf(options.seed);
  }

  /** Talks until the signal aborts; resolves when the last of it is accepted. */
  async talk(until: AbortSignal): Promise<void> {
    const { sessions, people, everyMs } = this.#options;
    while (!until.aborted) {
      const session = this.#chance.pick(sessions);
      const person = this.#chance.pick(people);
      const text = `text ${++this.#count}`;
      const outbound = this.#chance.next() < 0.6;
      const priority = this.#chance.pick(priorities);
      const isFile = this.#chance.next() < shareOfFiles;
      const chat = `${outbound ? "to" : "from"} ${session.id} ${person} ${outbound ? priority : ""}`;
      const before = this.#chats.get(chat) ?? Promise.resolve();
      const words = { text, isFile };
      const work = () => (outbound ? this.#send(session, person, priority, words) : this.#say(person, session, words));
      this.#chats.set(chat, before.then(work));
      await delay(everyMs * (0.5 + this.#chance.next()), undefined, { signal: until }).catch(() => undefined);
    }
    await Promise.all(this.#chats.values());
  }

  async #send(
    session: LinkedSession,
    to: string,
    priority: (typeof priorities)[number],
    { text, isFile }: Words,
  ): Promise<void> {
    const headers = { "idempotency-key": `${this.#options.seed}-${text}` };
    const about = { sessionId: session.id, to, priority };
    const { filename, caption, ...media } = fileOf(text);
    const body = isFile ? { ...about, type: "document", media, filename, caption } : { ...about, text };
    const path = isFile ? "/api/messages/send-media" : "/api/messages/send";
    const untilMs = Date.now() + acceptWithinMs;
    for (;;) {
      const answer = await this.#options.product.customer.post(path, body, headers).catch(() => undefined);
      if (answer?.status === 202) {
        const { id: messageId, chatId, waMessageId } = answer.body;
        const known = { messageId, chatId, waMessageId, sessionId: session.id, to, priority, text };
        this.accepted.push({ ...known, atMs: Date.now() });
        return;
      }
      const code = answer?.body.code;
      const mayChange = answer === undefined || answersThatMayChange.has(answer.status);
      if (mayChange && code !== "session_not_connected" && Date.now() > untilMs) {
        this.unanswered.push(`${answer?.status ?? "no answer"} ${code ?? ""}`.trim());
        return;
      }
      if (!mayChange || code === "session_not_connected") {
        this.refused.push(`${text} to session ${session.id} answered ${answer?.status} ${code}`);
        return;
      }
      await delay(retryPauseMs);
    }
  }

  async #say(from: string, session: LinkedSession, { text, isFile }: Words): Promise<void> {
    const said = isFile ? { media: { type: "document", ...fileOf(text) } } : { text };
    const path = `/phones/${from}/messages`;
    const { id } = await this.#options.product.whatsapp.call("POST", path, { to: session.number, ...said });
    this.spoken.push({ waMessageId: id, from, sessionId: session.id, text, isFile, atMs: Date.now() });
  }
}

interface Words {
  readonly text: string;
  readonly isFile: boolean;
}

/** A file of its own, which says of itself what it is. */
function fileOf(text: string) {
  const base64 = Buffer.from(`the file of ${text}`).toString("base64");
  return { base64, mimetype: "text/plain", filename: `${text}.txt`, caption: text };
}
