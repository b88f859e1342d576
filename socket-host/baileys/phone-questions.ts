import { type BinaryNode, jidNormalizedUser, type WASocket } from "@whiskeysockets/baileys";
import type { Log } from "../../domain/log.ts";
import { RecentSet } from "../recent-set.ts";

/** Time for the writer's own device to send the message again, which costs the person's phone nothing. */
const askAfterMs = 5_000;
const remembered = 500;

export interface PhoneQuestionsOptions {
  readonly sock: Pick<WASocket, "requestPlaceholderResend">;
  /** Whether a message with this id is still not readable. */
  readonly isWaitedFor: (waMessageId: string) => boolean;
  readonly log: Log;
}

/**
 * Asks the session's own phone, once a connection, for a message that could not be read and that its writer did not send
 * again readable. Baileys asks for some of them and forgets the question where five resends fail within three seconds
 * (message-retry-manager.js, markRetryFailed).
 */
export class PhoneQuestions {
  readonly #options: PhoneQuestionsOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #asked = new RecentSet(remembered);

  constructor(options: PhoneQuestionsOptions) {
    this.#options = options;
  }

  /** Sees a message stanza that was handled. */
  handled(stanza: BinaryNode, fromMe: boolean): void {
    const { id } = stanza.attrs;
    if (id === undefined || this.#timers.has(id) || this.#asked.has(id) || !this.#options.isWaitedFor(id)) return;
    if (this.#timers.size >= remembered) return;
    const timer = setTimeout(() => this.#ask(id, stanza, fromMe), askAfterMs);
    this.#timers.set(id, timer);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #ask(id: string, { attrs }: BinaryNode, fromMe: boolean): void {
    const { sock, log, isWaitedFor } = this.#options;
    this.#timers.delete(id);
    if (!isWaitedFor(id)) return;
    this.#asked.add(id);
    const chat = fromMe ? (attrs.recipient ?? attrs.from) : attrs.from;
    const participant = attrs.participant === undefined ? {} : { participant: jidNormalizedUser(attrs.participant) };
    sock.requestPlaceholderResend({ remoteJid: jidNormalizedUser(chat), fromMe, id, ...participant }).catch(error => {
      log.warn("phone not asked for a message", { waMessageId: id, error });
    });
  }
}
