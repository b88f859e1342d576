import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { StoredCampaign as Stored, type StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { type CampaignChange, changeCampaign } from "../../../domain/campaign/change-status.ts";
import { putCampaign, putContent } from "../../../domain/campaign/item.ts";
import { dueSessions, findPace, paceCampaign } from "../../../domain/campaign/pace-row.ts";
import type { PacerTick } from "../../../domain/campaign/pacer-queue.ts";
import { advanceRecipient } from "../../../domain/campaign/progress.ts";
import type { StoredRecipient } from "../../../domain/campaign/recipient.ts";
import { putRecipient } from "../../../domain/campaign/recipient-item.ts";
import { findCampaign } from "../../../domain/campaign/store.ts";
import { isoTime } from "../../../domain/clock.ts";
import { transact } from "../../../domain/dynamodb/transaction.ts";
import { eventRow, sessionEvent } from "../../../domain/event/log.ts";
import { newId } from "../../../domain/id.ts";
import { StoredMessage } from "../../../domain/message/message.ts";
import { advanceMessage, findMessage } from "../../../domain/message/store.ts";
import type { MessageSend } from "../../../domain/outbox/outbox.ts";
import { outboxHead } from "../../../domain/outbox/store.ts";
import { newSession } from "../../../domain/session/new-session.ts";
import { defaultLimits, Session } from "../../../domain/session/session.ts";
import { changeSessionStatus, createSession, findSession, type StatusFields } from "../../../domain/session/store.ts";
import { paceSession } from "../../../functions/campaign-pacer/pace-session.ts";
import { draftCampaign, pendingRecipient, textContent } from "../../domain/campaign/new-campaign.ts";
import type { EmulatedAws } from "../../emulated-aws.ts";

interface Queued {
  readonly tick: PacerTick;
  readonly atMs: number;
}

/** A message the pacer accepted, and when. */
export interface Accepted {
  readonly atMs: number;
  readonly to: string;
  readonly text: string;
  readonly campaignId: string;
}

/**
 * A session and its campaigns in a time of its own: the clock stands still while anything is done and jumps from one
 * queued tick to the next. The session's host sends what it finds `sendsAfterMs` after it was accepted.
 */
export class PacingStage {
  readonly aws: EmulatedAws;
  readonly tenantId = newId("ten", Date.now());
  readonly sessionId = newId("ses", Date.now());
  readonly accepted: Accepted[] = [];
  nowMs: number;
  /** Undefined: what is accepted stays in the outbox. */
  sendsAfterMs: number | undefined = 500;
  /** Says of each message how WhatsApp takes it; all are sent unless told. */
  fate: (message: StoredMessage) => "sent" | "failed" = () => "sent";
  /** Whether campaigns hear what becomes of their messages. */
  campaignsAreTold = true;
  /** Whether each tick is delivered twice, one after the other. */
  ticksComeTwice = false;
  #queue: Queued[] = [];

  constructor(aws: EmulatedAws, startMs: number) {
    this.aws = aws;
    this.nowMs = startMs;
  }

  get #owner() {
    return { tenantId: this.tenantId, id: this.sessionId };
  }

  /** The session as it is, made and connected for the first time at the stage's time. */
  async connect(limits: Partial<Session["limits"]> = {}): Promise<void> {
    const fresh = { ...this.#owner, limits: { ...defaultLimits, ...limits } };
    const session = newSession(fresh, 4, this.nowMs);
    const data = { status: session.status };
    const event = sessionEvent(session, 1, { type: "session.status", cause: ["created"], data }, this.nowMs);
    await createSession(this.aws.db, session, eventRow(event, this.nowMs), null);
    const phone = { jid: "5511988887777@s.whatsapp.net", lid: null, number: "+5511988887777", name: "Acme" };
    const firstConnectedAt = isoTime(this.nowMs);
    await this.become("connected", { linked: true, phone, firstConnectedAt });
  }

  /** The customer changes the session's limits. */
  async limit(limits: Partial<Session["limits"]>): Promise<void> {
    const update = new UpdateCommand({
      TableName: this.aws.db.table.sessions,
      Key: { pk: this.tenantId, sk: this.sessionId },
      UpdateExpression: "SET limits = :limits",
      ExpressionAttributeValues: { ":limits": { ...defaultLimits, ...limits } },
    });
    await this.aws.db.client.send(update);
  }

  async become(status: Session["status"], fields: StatusFields = {}): Promise<void> {
    const session = Session.parse(await findSession(this.aws.db, this.tenantId, this.sessionId));
    await changeSessionStatus(this.aws.db, {
      session,
      status,
      fields,
      epoch: session.epoch,
      nowMs: this.nowMs,
      events: [],
    });
  }

  /** A running campaign with its recipients made; the pacer is rung for it. */
  async campaign(
    recipients: number | readonly Partial<StoredRecipient>[],
    given: Partial<StoredCampaign> = {},
  ): Promise<StoredCampaign> {
    const each = typeof recipients === "number" ? new Array(recipients).fill({}) : recipients;
    const stats = { ...draftCampaign().stats, total: each.length, pending: each.length };
    const settings = { tenantId: this.tenantId, sessionId: this.sessionId, status: "running" as const, stats };
    const campaign = draftCampaign({ ...settings, materialised: true, ...given }, this.nowMs);
    const { db } = this.aws;
    await transact(db, [putCampaign(db, campaign, undefined, this.nowMs), putContent(db, campaign, textContent)]);
    for (let start = 0; start < each.length; start += 50) {
      const part = each.slice(start, start + 50);
      const items = part.map((one, place) => putRecipient(db, pendingRecipient(campaign, start + place, one)));
      await transact(db, items);
    }
    await transact(db, [paceCampaign(db, campaign, this.nowMs)]);
    this.ring();
    return campaign;
  }

  ring(): void {
    this.#queue.push({ tick: this.#ring(), atMs: this.nowMs });
  }

  async change(campaign: StoredCampaign, change: CampaignChange): Promise<void> {
    await changeCampaign(this.aws.db, campaign, change);
    this.ring();
  }

  async seen(campaign: StoredCampaign): Promise<StoredCampaign> {
    return Stored.parse(await findCampaign(this.aws.db, campaign));
  }

  /** Loses every tick that is under way. */
  loseTicks(): void {
    this.#queue = [];
  }

  /** Lets so much time pass, with everything that happens in it; a sweep comes every minute. */
  async pass(durationMs: number): Promise<void> {
    const untilMs = this.nowMs + durationMs;
    for (;;) {
      this.#queue.sort((one, other) => one.atMs - other.atMs);
      const next = this.#queue[0];
      const sweepMs = next === undefined ? await this.#nextSweepMs() : Number.POSITIVE_INFINITY;
      if (Math.min(next?.atMs ?? sweepMs, sweepMs) > untilMs) break;
      this.nowMs = Math.max(this.nowMs, next?.atMs ?? sweepMs);
      if (next === undefined) await this.#sweep();
      else await this.#deliver(next);
    }
    this.nowMs = untilMs;
    await this.send();
  }

  /** As many pacers at once as said, each with a tick of its own. */
  async race(count: number): Promise<void> {
    this.#queue = [];
    await this.send();
    await this.#watch(async () => {
      await Promise.all(Array.from({ length: count }, () => this.#pace(this.#ring())));
    });
  }

  /** The first minute at which a sweep finds the session. */
  async #nextSweepMs(): Promise<number> {
    const row = await findPace(this.aws.db, this);
    if (row === undefined || row.campaigns.size === 0) return Number.POSITIVE_INFINITY;
    return Math.ceil(Math.max(row.wakeAtMs, this.nowMs + 1) / 60_000) * 60_000;
  }

  async #sweep(): Promise<void> {
    const due = await dueSessions(this.aws.db, this.nowMs, 100);
    if (due.some(({ sessionId }) => sessionId === this.sessionId)) this.ring();
  }

  #ring(): PacerTick {
    const { tenantId, sessionId } = this;
    return { type: "campaign.pace", tenantId, sessionId, version: null };
  }

  async #deliver(next: Queued): Promise<void> {
    this.#queue.shift();
    for (let times = 0; times < (this.ticksComeTwice ? 2 : 1); times++) {
      await this.send();
      await this.#watch(() => this.#pace(next.tick));
    }
  }

  #pace(tick: PacerTick): Promise<unknown> {
    return paceSession(
      {
        db: this.aws.db,
        queue: { send: this.#send },
        announcer: { announce: () => Promise.resolve() },
        events: { tell: () => Promise.resolve() },
        now: () => this.nowMs,
        random: Math.random,
        mayGoOn: () => true,
      },
      tick,
    );
  }

  /** Notes what is accepted meanwhile. */
  async #watch(work: () => Promise<unknown>): Promise<void> {
    const known = new Set((await this.#waiting()).map(({ messageId }) => messageId));
    await work();
    for (const row of await this.#waiting()) {
      if (known.has(row.messageId)) continue;
      const { campaignId, text } = await this.#messageOf(row);
      this.accepted.push({ atMs: this.nowMs, to: row.to, text: text ?? "", campaignId: campaignId ?? "" });
    }
  }

  // SQS holds a message back for whole seconds.
  readonly #send = async (tick: PacerTick, delayMs = 0) => {
    this.#queue.push({ tick, atMs: this.nowMs + Math.ceil(Math.max(0, delayMs) / 1_000) * 1_000 });
  };

  async #waiting(): Promise<MessageSend[]> {
    const rows = await outboxHead(this.aws.db, this.#owner, "low", 100);
    return rows.filter(row => row.type === "message.send");
  }

  async #messageOf(row: MessageSend): Promise<StoredMessage> {
    const { tenantId, sessionId, messageId: id } = row;
    const ref = { tenantId, sessionId, chatKey: StoredMessage.shape.chatKey.parse(row.chatKey), id };
    return StoredMessage.parse(await findMessage(this.aws.db, ref));
  }

  /** Sends what was accepted long enough ago, as the session's host does, and tells the campaigns. */
  async send(): Promise<void> {
    if (this.sendsAfterMs === undefined) return;
    for (const row of await this.#waiting()) {
      if (Date.parse(row.acceptedAt) + this.sendsAfterMs > this.nowMs) continue;
      const message = await this.#messageOf(row);
      const status = this.fate(message);
      const at = isoTime(this.nowMs);
      const error = status === "failed" ? { code: "rejected" as const, message: "refused", detail: "479" } : null;
      await advanceMessage(this.aws.db, { message, status, error, at, event: undefined, endsRow: row });
      const campaignId = Stored.shape.id.parse(message.campaignId);
      if (!this.campaignsAreTold) continue;
      await advanceRecipient(this.aws.db, { ...message, campaignId, status, error, updatedAt: at });
    }
  }
}
