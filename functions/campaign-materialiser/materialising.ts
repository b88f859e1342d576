import type { CampaignQueue } from "../../domain/campaign/campaign-queue.ts";
import type { PacerQueue } from "../../domain/campaign/pacer-queue.ts";
import type { Now } from "../../domain/clock.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { MediaBucket } from "../../domain/media/bucket.ts";
import type { EventTeller } from "../event-teller.ts";

/** What a campaign's recipients are made, and its rows erased, with. */
export interface Materialising {
  readonly db: Db<"campaigns" | "campaign_recipients" | "paces" | "contacts" | "chats" | "sessions" | "events">;
  readonly bucket: MediaBucket;
  readonly queue: CampaignQueue;
  readonly pacer: PacerQueue;
  readonly events: EventTeller;
  readonly now: Now;
  /** Whether there is time for another few hundred recipients; the rest is for the next message. */
  readonly mayGoOn: () => boolean;
}
