import { sqsCampaignQueue } from "../../../domain/campaign/campaign-queue.ts";
import { sqsPacerQueue } from "../../../domain/campaign/pacer-queue.ts";
import { findCampaign } from "../../../domain/campaign/store.ts";
import { systemNow } from "../../../domain/clock.ts";
import { contactsById } from "../../../domain/contact/read-many.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { idOf } from "../../../domain/id.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { openMediaBucket } from "../../../domain/media/bucket.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { tableNames } from "../../../domain/tables.ts";
import { eventTeller } from "../../event-teller.ts";
import { serve } from "../endpoint.ts";
import { finder, listFinder } from "../finder.ts";
import { sessionFinder } from "../session-finder.ts";
import { templateFinder } from "../template-finder.ts";
import { uploadFinder } from "../upload-finder.ts";
import { cancelCampaign } from "./cancel.ts";
import type { CampaignsContext } from "./context.ts";
import { createCampaign } from "./create.ts";
import { deleteCampaign } from "./delete.ts";
import { CampaignsEnvironment, tablesOfCampaigns } from "./environment.ts";
import { getCampaign } from "./get.ts";
import { listCampaigns } from "./list.ts";
import { listRecipients } from "./list-recipients.ts";
import { pauseCampaign } from "./pause.ts";
import { previewCampaign } from "./preview.ts";
import { resumeCampaign } from "./resume.ts";
import { campaignRoutesUnder } from "./routes.ts";
import { startCampaign } from "./start.ts";
import { updateCampaign } from "./update.ts";

const environment = parseEnvironment(CampaignsEnvironment, process.env);
const log = openLog({ name: "api/campaigns" });
const db = openDb(tableNames(tablesOfCampaigns, environment));
const routes = campaignRoutesUnder({ allowLoopback: environment.ALLOW_LOOPBACK_MEDIA });
const TenantId = idOf("ten");
const CampaignId = idOf("cmp");
const ContactId = idOf("con");

const campaigns = finder(async (tenantId, [campaignId]) => {
  const id = CampaignId.safeParse(campaignId);
  return id.success ? findCampaign(db, { tenantId: TenantId.parse(tenantId), id: id.data }) : undefined;
});

const contacts = listFinder(async (tenantId, ids) => {
  if (!ids.every(id => ContactId.safeParse(id).success)) return false;
  return (await contactsById(db, tenantId, ids)).size === ids.length;
});

const context: CampaignsContext = {
  routes,
  db,
  campaigns,
  sessions: sessionFinder(db),
  templates: templateFinder(db),
  uploads: uploadFinder(db),
  audienceFiles: uploadFinder(db),
  bucket: openMediaBucket(environment.MEDIA_BUCKET),
  queue: sqsCampaignQueue(environment.CAMPAIGN_QUEUE_URL),
  pacer: sqsPacerQueue(environment.PACER_QUEUE_URL),
  events: eventTeller({ db, topic: snsTopic(environment.EVENT_TOPIC_ARN), now: systemNow, log }),
  now: systemNow,
  log,
};

export const handler = serve({
  routes,
  endpoints: {
    createCampaign: createCampaign(context),
    listCampaigns: listCampaigns(context),
    getCampaign: getCampaign(context),
    updateCampaign: updateCampaign(context),
    deleteCampaign: deleteCampaign(context),
    startCampaign: startCampaign(context),
    pauseCampaign: pauseCampaign(context),
    resumeCampaign: resumeCampaign(context),
    cancelCampaign: cancelCampaign(context),
    listCampaignRecipients: listRecipients(context),
    previewCampaign: previewCampaign(context),
  },
  finders: {
    campaign: campaigns,
    session: context.sessions,
    template: context.templates,
    upload: context.uploads,
    audienceFile: context.audienceFiles,
    contact: contacts,
  },
  now: systemNow,
  log,
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN))),
});
