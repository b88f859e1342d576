import type { StoredCampaign } from "../../../domain/campaign/campaign.ts";
import type { CampaignQueue } from "../../../domain/campaign/campaign-queue.ts";
import type { PacerQueue } from "../../../domain/campaign/pacer-queue.ts";
import type { Now } from "../../../domain/clock.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import type { Log } from "../../../domain/log.ts";
import type { MediaBucket } from "../../../domain/media/bucket.ts";
import type { Upload } from "../../../domain/media/upload.ts";
import type { Session } from "../../../domain/session/session.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import type { EventTeller } from "../../event-teller.ts";
import type { Finder } from "../finder.ts";
import type { CampaignRoutes } from "./routes.ts";

/** What the endpoints of campaigns work with. */
export interface CampaignsContext {
  readonly routes: CampaignRoutes;
  readonly db: Db<
    "campaigns" | "campaign_recipients" | "paces" | "sessions" | "contacts" | "chats" | "templates" | "media" | "events"
  >;
  readonly campaigns: Finder<StoredCampaign>;
  readonly sessions: Finder<Session>;
  readonly templates: Finder<StoredTemplate>;
  /** The file that everybody gets. */
  readonly uploads: Finder<Upload>;
  /** The file that names the recipients. */
  readonly audienceFiles: Finder<Upload>;
  readonly bucket: MediaBucket;
  readonly queue: CampaignQueue;
  readonly pacer: PacerQueue;
  readonly events: EventTeller;
  readonly now: Now;
  readonly log: Log;
}
