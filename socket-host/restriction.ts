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
import { SocketClosed, type WhatsAppSocket } from "./whatsapp-port.ts";

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

const messagesLookedAt = 25;
const timerMsMax = 2 ** 31 - 1;
const reason = "WhatsApp does not let the account write to new people for now";

/**
 * WhatsApp's reach-out time-lock: until its end, which WhatsApp tells, the account may go on with its chats and write to
 * nobody else. Each try all the same makes it worse (Baileys 7.0.0-rc14, lib/Socket/messages-recv.js), so messages to
 * people with whom there is no chat yet are held back until it is over.
 */
export class Restriction {
  readonly #options: RestrictionOptions;
  #untilMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RestrictionOptions) {
    this.#options = options;
  }

  /** What the session says of it, of this owner's time or an earlier one's. */
  see({ restricted }: Pick<Session, "restricted">): void {
    if (restricted !== null) this.#holdUntil(Date.parse(restricted.until ?? isoTime(this.#options.now())));
  }

  /** WhatsApp says until when the account is locked (epoch ms), or that it is not. */
  async hear(untilMs: number | null): Promise<void> {
    const { log, hold } = this.#options;
    try {
      if (untilMs === null || untilMs <= this.#options.now()) await this.#lift();
      else await this.#impose(untilMs);
    } catch (error) {
      if (hold.held) log.warn("restriction not written", { error });
    }
  }

  /** Whether the account is locked, which WhatsApp is asked. Throws SocketClosed once the socket has ended. */
  async isLocked(socket: Pick<WhatsAppSocket, "timeLock">): Promise<boolean> {
    try {
      await this.hear(await socket.timeLock());
    } catch (error) {
      if (error instanceof SocketClosed) throw error;
      this.#options.log.warn("whatsapp did not say whether the account is locked", { error });
    }
    return this.#untilMs !== undefined;
  }

  /** Until when a message must wait: one that would begin a chat, while this lasts. */
  async waitOf(message: StoredMessage): Promise<string | undefined> {
    if (this.#untilMs === undefined || isGroup(message.chatKey)) return undefined;
    return (await this.#isKnown(message)) ? undefined : isoTime(this.#untilMs);
  }

  /** Somebody starts the session anew, and takes it as over. */
  forget(): void {
    this.stop();
    this.#untilMs = undefined;
  }

  /** Whoever owns the session next sees to its end. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  async #impose(untilMs: number): Promise<void> {
    if (untilMs === this.#untilMs) return;
    this.#holdUntil(untilMs);
    const { ledger, hold, log, random } = this.#options;
    const restricted = { reason, until: isoTime(untilMs) };
    const write = () => ledger.changeStatus({ fields: { restricted }, also: ["session.restricted"] });
    await persist("restriction", write, { signal: hold.signal, log, random });
  }

  #holdUntil(untilMs: number): void {
    clearTimeout(this.#timer);
    this.#untilMs = untilMs;
    const leftMs = Math.max(0, untilMs - this.#options.now());
    // A longer timer would go off at once.
    const again = () => (leftMs > timerMsMax ? this.#holdUntil(untilMs) : void this.#lift());
    this.#timer = setTimeout(again, Math.min(leftMs, timerMsMax));
  }

  async #lift(): Promise<void> {
    const { ledger, hold, log, random, lifted } = this.#options;
    if (this.#untilMs === undefined) return;
    clearTimeout(this.#timer);
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
