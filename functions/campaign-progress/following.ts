import type { Db } from "../../domain/dynamodb/db.ts";
import type { Log } from "../../domain/log.ts";
import type { Announcer } from "../api/announcer.ts";
import type { CampaignKeeper } from "../campaign-keeper.ts";
import type { tablesOfCampaignProgress } from "./environment.ts";

/** What campaigns follow events with. */
export interface Following extends CampaignKeeper {
  readonly db: Db<(typeof tablesOfCampaignProgress)[number]>;
  readonly announcer: Announcer;
  readonly log: Log;
}
