import { isFinished } from "../../domain/campaign/change-status.ts";
import { nextDayMs } from "../../domain/campaign/pacing.ts";
import type { StoredRecipient } from "../../domain/campaign/recipient.ts";
import { nextPending } from "../../domain/campaign/recipient-store.ts";
import { type CampaignWithContent, contentOf, findCampaign } from "../../domain/campaign/store.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { Id } from "../../domain/id.ts";

/** Recipients read ahead: as many as one look may accept. */
const readAhead = 25;
/** The index of who is next may be a moment behind. */
const indexLagMs = 2_000;
/** While the day has no room for first contacts, whether somebody else is next, or the cap was raised, is looked up this often. */
const noRoomMs = 300_000;
/** How soon a campaign whose last messages are under way is looked at again: their own events end it before that. */
const endingMs = 60_000;

/**
 * What a look finds of a campaign that sends nobody anything now: when to look again, and whether that is for want of
 * room for first contacts; or that nothing is left of it.
 */
export type Idle = { readonly wakeAtMs: number; readonly isFull: boolean } | "finished" | "gone";

/** One campaign's recipients, as one look at its session takes them: in the order of the audience. */
export class CampaignTurn {
  readonly held: CampaignWithContent;
  readonly #db: Db<"campaigns" | "campaign_recipients">;
  readonly #waiting: Record<"known" | "first", StoredRecipient[]> = { known: [], first: [] };
  readonly #exhausted = { known: false, first: false };

  private constructor(db: Db<"campaigns" | "campaign_recipients">, held: CampaignWithContent) {
    this.#db = db;
    this.held = held;
  }

  /** Undefined where the campaign does not send: it is paused, over, gone, or its recipients are not all made. */
  static async of(
    db: Db<"campaigns" | "campaign_recipients">,
    ref: { readonly tenantId: Id<"ten">; readonly id: Id<"cmp"> },
  ): Promise<CampaignTurn | undefined> {
    const campaign = await findCampaign(db, ref);
    if (campaign?.status !== "running" || !campaign.materialised) return undefined;
    return new CampaignTurn(db, { campaign, content: await contentOf(db, ref) });
  }

  /** Whose turn it is; with no room for first contacts, of those the session has written with before. */
  async next(hasRoomForFirst: boolean): Promise<StoredRecipient | undefined> {
    await this.#fill("known");
    if (hasRoomForFirst) await this.#fill("first");
    const known = this.#waiting.known[0];
    const first = hasRoomForFirst ? this.#waiting.first[0] : undefined;
    if (known === undefined || first === undefined) return known ?? first;
    return known.position < first.position ? known : first;
  }

  /** Done with this one, whatever came of it. */
  passed({ firstContact, position }: StoredRecipient): void {
    const kind = firstContact ? "first" : "known";
    const [head] = this.#waiting[kind];
    if (head?.position === position) this.#waiting[kind].shift();
  }

  /** Asked where nobody is next. */
  async idle(hasRoomForFirst: boolean, nowMs: number): Promise<Idle> {
    const now = await findCampaign(this.#db, this.held.campaign);
    if (now?.status !== "running") return "gone";
    if (isFinished(now)) return "finished";
    if (now.stats.pending === 0) return { wakeAtMs: nowMs + endingMs, isFull: false };
    if (hasRoomForFirst) return { wakeAtMs: nowMs + indexLagMs, isFull: false };
    return { wakeAtMs: Math.min(nextDayMs(nowMs), nowMs + noRoomMs), isFull: true };
  }

  async #fill(kind: "known" | "first"): Promise<void> {
    if (this.#waiting[kind].length > 0 || this.#exhausted[kind]) return;
    const options = { firstContact: kind === "first", limit: readAhead };
    this.#waiting[kind].push(...(await nextPending(this.#db, this.held.campaign, options)));
    this.#exhausted[kind] = this.#waiting[kind].length === 0;
  }
}
