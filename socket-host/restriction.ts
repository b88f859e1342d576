import { chatOf } from "../domain/chat/chat.ts";
import { isoTime, type Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import { isGroup } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { StoredMessage } from "../domain/message/message.ts";
import { listMessages } from "../domain/message/store.ts";
import { cursorsFor } from "../domain/page.ts";
import type { Session } from "../domain/session/session.ts";
import type { Hold } from "./hold.ts";
import { persist } from "./persist.ts";
import type { SessionLedger } from "./session-ledger.ts";

export interface RestrictionOptions {
  readonly db: Db<"messages" | "chats">;
  readonly ledger: SessionLedger;
  readonly hold: Hold;
  readonly now: Now;
  readonly random: () => number;
  readonly log: Log;
  /** It is over: what was held back may go. */
  readonly lifted: () => void;
}

const firstMs = 60_000;
const longestMs = 3_600_000;
/** WhatsApp does not say how long with the refusal: new people wait a minute after the first one, and twice as long each time, to an hour. */
export function restrictedForMs(times: number): number {
  return Math.min(firstMs * 2 ** (times - 1), longestMs);
}

const messagesLookedAt = 25;

/**
 * WhatsApp's reach-out time-lock (463): the account may go on with its chats, and write to nobody else for a while.
 * Each try all the same makes it worse (Baileys 7.0.0-rc14, lib/Socket/messages-recv.js), so that messages to people
 * with whom there is no chat yet are held back until it is over.
 */
export class Restriction {
  readonly #options: RestrictionOptions;
  #times = 0;
  #sinceMs = 0;
  #untilMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RestrictionOptions) {
    this.#options = options;
  }

  /** What the session says of it, of this owner's time or an earlier one's. */
  see({ restricted }: Pick<Session, "restricted">): void {
    if (restricted !== null) this.#holdUntil(Date.parse(restricted.until ?? isoTime(this.#options.now())));
  }

  /** WhatsApp refused a message with this code. */
  async impose(code: string): Promise<void> {
    this.#times++;
    const untilMs = this.#options.now() + restrictedForMs(this.#times);
    this.#holdUntil(untilMs);
    const reason = `WhatsApp refused a first message with code ${code}`;
    const restricted = { reason, until: isoTime(untilMs) };
    await this.#options.ledger.changeStatus({ fields: { restricted }, also: ["session.restricted"] });
  }

  /** Until when a message must wait: one that would begin a chat, while this lasts. */
  async waitOf(message: StoredMessage): Promise<string | undefined> {
    if (this.#untilMs === undefined || isGroup(message.chatKey) || this.#isResumed(message)) return undefined;
    return (await this.#isKnown(message)) ? undefined : isoTime(this.#untilMs);
  }

  /** Somebody starts the session anew, and takes it as over. */
  forget(): void {
    this.stop();
    this.#times = 0;
    this.#untilMs = undefined;
  }

  /** Whoever owns the session next sees to its end. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** Campaigns stand still once WhatsApp has refused a message, until somebody lets them go on all the same. */
  #isResumed({ source, createdAt }: StoredMessage): boolean {
    return source === "campaign" && Date.parse(createdAt) > this.#sinceMs;
  }

  #holdUntil(untilMs: number): void {
    this.#sinceMs = this.#options.now();
    clearTimeout(this.#timer);
    this.#untilMs = untilMs;
    this.#timer = setTimeout(() => void this.#lift(), Math.max(0, untilMs - this.#options.now()));
  }

  async #lift(): Promise<void> {
    const { ledger, hold, log, random, lifted } = this.#options;
    this.#untilMs = undefined;
    const write = () => ledger.changeStatus({ fields: { restricted: null } });
    try {
      await persist("end of a restriction", write, { signal: hold.signal, log, random });
      lifted();
    } catch (error) {
      // Its next owner reads when it ends, and does the same.
      if (hold.held) log.warn("end of a restriction not written", { error });
    }
  }

  /** Whether anything in the chat came from the other side, or reached it. */
  async #isKnown({ chatKey }: StoredMessage): Promise<boolean> {
    const { db, ledger } = this.#options;
    const page = { limit: messagesLookedAt, cursors: cursorsFor("restriction", []) };
    const owner = { tenantId: ledger.ref.tenantId, sessionId: ledger.ref.id };
    const { data } = await listMessages(db, owner, await chatOf(db, ledger.ref, chatKey), page);
    return data.some(
      ({ direction, status }) => direction === "inbound" || (status !== "queued" && status !== "failed"),
    );
  }
}
