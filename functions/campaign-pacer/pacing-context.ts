import type { PacerQueue } from "../../domain/campaign/pacer-queue.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { Announcer } from "../api/announcer.ts";
import type { CampaignKeeper } from "../campaign-keeper.ts";
import type { tablesOfCampaignPacer } from "./environment.ts";

/** What campaigns are paced with. */
export interface PacingContext extends CampaignKeeper {
  readonly db: Db<(typeof tablesOfCampaignPacer)[number]>;
  readonly queue: PacerQueue;
  readonly announcer: Announcer;
  /** In [0, 1). */
  readonly random: () => number;
  /** Whether there is time for another message; the rest is for the next tick. */
  readonly mayGoOn: () => boolean;
}
