import { isoTime } from "../clock.ts";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import { DomainError, NotFound } from "../error.ts";
import { type EventRow, putEventRow } from "../event/log.ts";
import { nextSequence } from "../session/sequence.ts";
import { findSession } from "../session/store.ts";
import type { CampaignRef, PausedReason, StoredCampaign } from "./campaign.ts";
import { campaignEvent, isTold } from "./campaign-event.ts";
import type { CampaignContent } from "./content.ts";
import { putContent, updateCampaign } from "./item.ts";
import { paceCampaign } from "./pace-row.ts";
import { type CampaignWithContent, contentOf, findCampaign } from "./store.ts";
import { InvalidTransition, statusAfter } from "./transition.ts";

type ChangingDb = Db<"campaigns" | "paces" | "sessions" | "events">;

/** `request` names what asks for it, the same however often that is asked. */
export type CampaignChange = { readonly request?: string } & (
  | {
      readonly action: "start";
      readonly nowMs: number;
      readonly freeze: (content: CampaignContent) => Promise<CampaignContent>;
    }
  | { readonly action: "pause"; readonly nowMs: number; readonly reason: PausedReason }
  | { readonly action: "resume" | "cancel" | "complete"; readonly nowMs: number }
);

/** A campaign as it is after a change, and the event that tells of it, stored beside it. */
export interface ChangedCampaign extends CampaignWithContent {
  readonly event: EventRow | undefined;
}

/** Others changed the campaign again and again while this request tried to. */
class CampaignBusy extends DomainError {
  override readonly name = "CampaignBusy";
  constructor() {
    super("unavailable", "The campaign is being changed by many requests at once.");
  }
}

const triesMax = 8;
const requestsKept = 10;

/**
 * Does to a campaign, as it is now, what is asked, with its event in the same transaction. `freeze` answers what a
 * campaign that starts says from then on. Throws NotFound where it is gone, InvalidTransition where what is asked makes
 * no sense for it. The caller publishes the event, and rings for what goes on from here.
 */
export async function changeCampaign(
  db: ChangingDb,
  ref: CampaignRef,
  change: CampaignChange,
): Promise<ChangedCampaign> {
  for (let attempt = 1; attempt <= triesMax; attempt++) {
    const before = await findCampaign(db, ref);
    if (before === undefined) throw new NotFound();
    const campaign = changed(before, change);
    const held = await contentOf(db, ref);
    const content = change.action === "start" ? await change.freeze(held) : held;
    const event = await eventOf(db, { campaign, content }, change);
    const items = [
      updateCampaign(db, before, campaign, change.nowMs),
      ...(content === held ? [] : [putContent(db, ref, content)]),
      ...(event === undefined ? [] : [putEventRow(db, event)]),
      ...(isSending(campaign) ? [paceCampaign(db, campaign, change.nowMs)] : []),
    ];
    if (await transactIf(db, items)) return { campaign, content, event };
  }
  throw new CampaignBusy();
}

/** The campaign after a change. Throws InvalidTransition. */
function changed(before: StoredCampaign, change: CampaignChange): StoredCampaign {
  const at = isoTime(change.nowMs);
  const status = statusAfter(before.status, change.action);
  if (change.action === "complete") requireFinished(before);
  const requests = change.request === undefined ? [] : [change.request];
  const changedFor = [...before.changedFor, ...requests].slice(-requestsKept);
  const next = { ...before, status, changedFor, revision: before.revision + 1, updatedAt: at, pausedReason: null };
  switch (change.action) {
    case "start":
      return { ...next, startedAt: at };
    case "pause":
      return { ...next, pausedReason: change.reason };
    case "resume":
      return { ...next, failuresInRow: 0 };
    case "cancel":
    case "complete":
      return { ...next, finishedAt: at };
    default:
      return change satisfies never;
  }
}

/** Whether the pacer has it in hand: one that was paused goes on at once. */
function isSending({ status, materialised }: StoredCampaign): boolean {
  return status === "running" && materialised;
}

/** Whether nothing is left to send of a campaign and nothing of it is under way. Once so, it stays so. */
export function isFinished({ materialised, stats }: Pick<StoredCampaign, "materialised" | "stats">): boolean {
  return materialised && stats.pending === 0 && stats.queued === 0;
}

function requireFinished(campaign: StoredCampaign): void {
  if (!isFinished(campaign)) throw new InvalidTransition("The campaign has recipients left.");
}

async function eventOf(
  db: ChangingDb,
  held: CampaignWithContent,
  { action, nowMs }: CampaignChange,
): Promise<EventRow | undefined> {
  if (!isTold(action)) return undefined;
  const { tenantId, sessionId } = held.campaign;
  const [session, sequence] = await Promise.all([
    findSession(db, tenantId, sessionId),
    nextSequence(db, { tenantId, id: sessionId }),
  ]);
  return campaignEvent(held, action, { metadata: session?.metadata ?? {}, sequence, nowMs });
}
