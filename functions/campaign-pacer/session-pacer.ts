import { acceptRecipient, skipRecipient, type Turn, type TurnOutcome } from "../../domain/campaign/accept-recipient.ts";
import { firstContactsOn } from "../../domain/campaign/first-contacts.ts";
import { type PaceRow, savePace, type Wait } from "../../domain/campaign/pace-row.ts";
import { queueDelayMsMax } from "../../domain/campaign/pacer-queue.ts";
import {
  firstContactsMax,
  intervalMs,
  lowerPace,
  nextDayMs,
  nextDueMs,
  unsentMax,
} from "../../domain/campaign/pacing.ts";
import { quietUntilMs } from "../../domain/campaign/quiet-hours.ts";
import type { StoredRecipient } from "../../domain/campaign/recipient.ts";
import { chatOf } from "../../domain/chat/chat.ts";
import { chatsWithMessages } from "../../domain/chat/many.ts";
import type { Id } from "../../domain/id.ts";
import type { StoredMessage } from "../../domain/message/message.ts";
import type { Session } from "../../domain/session/session.ts";
import { completeCampaign } from "../campaign-keeper.ts";
import { CampaignTurn } from "./campaign-turn.ts";
import type { PacingContext } from "./pacing-context.ts";
import { recheckQueued, stillUnsent } from "./unsent.ts";

/** How soon it looks again where an earlier message still waits to be sent: an interval, within these. */
const restrictedLookMs = 60_000;
const [unsentWaitMinMs, unsentWaitMaxMs] = [1_000, 10_000];

interface Candidate {
  readonly turn: CampaignTurn;
  readonly recipient: StoredRecipient;
}

/**
 * One look at a connected session's campaigns: accepts what is due, campaign by campaign in turn, and says when to look
 * again. Every step is conditional on the row as it was read: another pacer at the same time ends this one.
 *
 *     due? ──▶ whose turn? ──▶ accept ──▶ due? … ──▶ sleep until the next is due, an earlier one is sent, the quiet
 *                                                    hours end or the next day begins
 */
export class SessionPacer {
  readonly #context: PacingContext;
  readonly #session: Session;
  readonly #turns = new Map<Id<"cmp">, CampaignTurn>();
  readonly #told: Promise<void>[] = [];
  #row: PaceRow;
  #isDirty = false;
  #firstContactsLeft: number | undefined;
  #wakes: number[] = [];

  constructor(context: PacingContext, session: Session, row: PaceRow) {
    this.#context = context;
    this.#session = session;
    this.#row = row;
  }

  /** Answers how many messages were accepted. */
  async run(): Promise<number> {
    const unsent = await stillUnsent(this.#context.db, this.#row);
    if (unsent.length < this.#row.unsent.length) this.#change({ unsent });
    try {
      await this.#sendDue();
    } finally {
      await Promise.all(this.#told);
      if (this.#told.length > 1) await this.#context.announcer.announce(this.#session, { rings: true });
    }
    return this.#told.length;
  }

  async #sendDue(): Promise<void> {
    while (this.#context.mayGoOn()) {
      const nowMs = this.#context.now();
      if (this.#row.nextAtMs > nowMs) return this.#sleep(this.#row.nextAtMs);
      const candidate = await this.#candidate(nowMs);
      if (candidate === undefined) return this.#sleep(Math.max(this.#row.nextAtMs, Math.min(...this.#wakes)));
      const outcome = await this.#accept(candidate, nowMs);
      if (outcome === "overtaken") return;
    }
    return this.#sleep(this.#context.now());
  }

  /** Whose turn it is: the campaign behind the last one that can send now. Notes when the others can. */
  async #candidate(nowMs: number): Promise<Candidate | undefined> {
    this.#wakes = [];
    const { campaignMessagesPerMinute } = this.#session.limits;
    if (this.#row.unsent.length >= unsentMax(campaignMessagesPerMinute)) {
      this.#wakes.push(nowMs + unsentWaitMs(campaignMessagesPerMinute));
      for (const id of this.#row.campaigns) this.#waitsForRestriction(id, nowMs);
      return undefined;
    }
    for (const id of inTurn(this.#row.campaigns, this.#row.lastCampaignId)) {
      const candidate = await this.#candidateOf(id, nowMs);
      if (candidate !== undefined) return candidate;
    }
    return undefined;
  }

  async #candidateOf(id: Id<"cmp">, nowMs: number): Promise<Candidate | undefined> {
    const turn = this.#turns.get(id) ?? (await CampaignTurn.of(this.#context.db, { tenantId: this.#row.tenantId, id }));
    if (turn === undefined) return this.#drop(id);
    this.#turns.set(id, turn);
    const quietMs = quietUntilMs(turn.held.campaign.quietHours, nowMs);
    this.#waits(id, quietMs > nowMs ? { reason: "quiet_hours", untilMs: quietMs } : undefined);
    const wakeAtMs = Math.max(quietMs, this.#mayNotBefore(turn, nowMs));
    if (wakeAtMs > nowMs) {
      this.#wakes.push(wakeAtMs);
      return undefined;
    }
    const hasRoomForFirst = (await this.#firstContacts(nowMs)) > 0;
    const recipient = await turn.next(hasRoomForFirst);
    if (recipient !== undefined) return { turn, recipient };
    await this.#rest(turn, hasRoomForFirst, nowMs);
    return undefined;
  }

  /** Until when WhatsApp lets the session write to nobody new; undefined where it does. */
  #restrictedUntilMs(nowMs: number): number | undefined {
    const { restricted } = this.#session;
    if (restricted === null) return undefined;
    const untilMs = restricted.until === null ? nowMs + restrictedLookMs : Date.parse(restricted.until);
    return untilMs > nowMs ? untilMs : undefined;
  }

  /** When a campaign may send by its own pace and its messages under way. */
  #mayNotBefore({ held: { campaign } }: CampaignTurn, nowMs: number): number {
    const pace = lowerPace(campaign.pace.messagesPerMinute, this.#session.limits.campaignMessagesPerMinute);
    const unsent = this.#row.unsent.filter(({ campaignId }) => campaignId === campaign.id).length;
    return Math.max(this.#row.nextOfMs[campaign.id] ?? 0, unsent >= unsentMax(pace) ? nowMs + unsentWaitMs(pace) : 0);
  }

  async #firstContacts(nowMs: number): Promise<number> {
    if (this.#firstContactsLeft === undefined) {
      const max = this.#firstContactsMax(nowMs);
      const used = Number.isFinite(max) ? await firstContactsOn(this.#context.db, this.#row, nowMs) : 0;
      this.#firstContactsLeft = max - used;
    }
    return this.#firstContactsLeft;
  }

  #firstContactsMax(nowMs: number): number {
    if (this.#restrictedUntilMs(nowMs) !== undefined) return 0;
    const { limits, firstConnectedAt } = this.#session;
    return firstContactsMax(limits.firstContactsPerDay, firstConnectedAt ? Date.parse(firstConnectedAt) : null, nowMs);
  }

  async #rest(turn: CampaignTurn, hasRoomForFirst: boolean, nowMs: number): Promise<void> {
    const { campaign } = turn.held;
    const idle = await turn.idle(hasRoomForFirst, nowMs);
    if (idle === "gone") return this.#drop(campaign.id);
    if (idle === "finished") {
      await completeCampaign(this.#context, campaign);
      return this.#drop(campaign.id);
    }
    if (this.#row.unsent.length === 0) await recheckQueued(this.#context.db, campaign);
    const restrictedUntilMs = this.#waitsForRestriction(campaign.id, nowMs);
    if (idle.isFull && restrictedUntilMs === undefined) {
      this.#waits(campaign.id, { reason: "first_contacts", untilMs: nextDayMs(nowMs) });
    }
    this.#wakes.push(Math.min(idle.wakeAtMs, restrictedUntilMs ?? idle.wakeAtMs));
  }

  /** Notes that a campaign waits for the end of a restriction, where there is one; answers when that is. */
  #waitsForRestriction(id: Id<"cmp">, nowMs: number): number | undefined {
    const untilMs = this.#restrictedUntilMs(nowMs);
    if (untilMs !== undefined) this.#waits(id, { reason: "session_restricted", untilMs });
    return untilMs;
  }

  /** Notes what a campaign waits for; a row that says so already is not written for it. */
  #waits(id: Id<"cmp">, wait: Wait | undefined): void {
    const { [id]: before, ...others } = this.#row.waits;
    if (before?.reason === wait?.reason && before?.untilMs === wait?.untilMs) return;
    this.#change({ waits: wait === undefined ? others : { ...others, [id]: wait } });
  }

  async #accept({ turn, recipient }: Candidate, nowMs: number): Promise<TurnOutcome["outcome"]> {
    const { db, announcer } = this.#context;
    const { jid } = recipient;
    if (jid === null) throw new Error("a recipient without a chat was left pending");
    const { campaign } = turn.held;
    const chat = await chatOf(db, this.#session, jid);
    const isFirst = recipient.firstContact && (await chatsWithMessages(db, this.#session, [chat.key])).size === 0;
    const given: Turn = {
      session: this.#session,
      held: turn.held,
      ...{ recipient, jid, chat, nowMs },
      firstContactsMax: isFirst ? this.#firstContactsMax(nowMs) : undefined,
    };
    const after = this.#after(campaign, nowMs);
    const result = await acceptRecipient(db, given, after);
    if (result.outcome !== "full") turn.passed(recipient);
    switch (result.outcome) {
      case "accepted": {
        const row = after(result.message);
        this.#row = { ...row, version: row.version + 1 };
        this.#isDirty = false;
        if (isFirst) this.#firstContactsLeft = (this.#firstContactsLeft ?? 0) - 1;
        // The first bell has the host send at once; the last one, in run, is for those that came after it had looked.
        const rings = this.#told.length === 0;
        this.#told.push(announcer.announce(this.#session, { event: result.event, rings }));
        break;
      }
      case "stopped":
        this.#drop(campaign.id);
        break;
      case "opted_out":
      case "duplicate":
        await skipRecipient(db, recipient, result.outcome);
        break;
      case "full":
        this.#firstContactsLeft = 0;
        break;
      case "moved":
      case "overtaken":
        break;
      default:
        result satisfies never;
    }
    return result.outcome;
  }

  /** The row after a message of a campaign: both paces go on from it, with the same swing. */
  #after({ id, pace }: CampaignTurn["held"]["campaign"], nowMs: number): (message: StoredMessage) => PaceRow {
    const swing = this.#context.random();
    const { campaignMessagesPerMinute } = this.#session.limits;
    const row = this.#row;
    const nextAtMs = nextDueMs(row.nextAtMs, nowMs, intervalMs(campaignMessagesPerMinute, pace.jitter, swing));
    const ownMs = nextDueMs(row.nextOfMs[id] ?? 0, nowMs, intervalMs(pace.messagesPerMinute, pace.jitter, swing));
    return ({ id: messageId, chatKey }) => ({
      ...row,
      nextAtMs,
      wakeAtMs: nextAtMs,
      lastCampaignId: id,
      nextOfMs: { ...row.nextOfMs, [id]: ownMs },
      unsent: [...row.unsent, { campaignId: id, id: messageId, chatKey }],
    });
  }

  #drop(id: Id<"cmp">): undefined {
    const campaigns = new Set([...this.#row.campaigns].filter(one => one !== id));
    const { [id]: _gone, ...nextOfMs } = this.#row.nextOfMs;
    const { [id]: _over, ...waits } = this.#row.waits;
    this.#turns.delete(id);
    this.#change({ campaigns, nextOfMs, waits });
  }

  #change(fields: Partial<PaceRow>): void {
    this.#row = { ...this.#row, ...fields };
    this.#isDirty = true;
  }

  /** Ends the look: what comes of it is written, and then a tick is queued for when to look again. */
  async #sleep(atMs: number): Promise<void> {
    const { db, queue, now } = this.#context;
    const isIdle = this.#row.campaigns.size === 0;
    const wakeAtMs = isIdle ? this.#row.wakeAtMs : atMs;
    const delayMs = wakeAtMs - now();
    const hasTick = !isIdle && delayMs <= queueDelayMsMax;
    if (this.#isDirty || wakeAtMs !== this.#row.wakeAtMs) {
      const saved = await savePace(db, { ...this.#row, wakeAtMs }, hasTick);
      if (saved === undefined) return;
      this.#row = saved;
    }
    const { tenantId, sessionId, version } = this.#row;
    if (hasTick) await queue.send({ type: "campaign.pace", tenantId, sessionId, version }, delayMs);
  }
}

/** Campaigns in the order of their turns: behind the last one, and around. */
function inTurn(campaigns: ReadonlySet<Id<"cmp">>, last: Id<"cmp"> | null): Id<"cmp">[] {
  const sorted = [...campaigns].sort();
  const next = last === null ? 0 : sorted.findIndex(id => id > last);
  return next <= 0 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
}

function unsentWaitMs(messagesPerMinute: number | null): number {
  return Math.min(unsentWaitMaxMs, Math.max(unsentWaitMinMs, intervalMs(messagesPerMinute, 0, 0.5)));
}
