import type { Construct } from "constructs";
import { tables as shapes } from "../../domain/tables.ts";
import { CampaignsEnvironment, tablesOfCampaigns } from "../../functions/api/campaigns/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { grantMedia } from "../media-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { type Backing, counting, keepingAnswers, writingEvents } from "./backing.ts";

/** A preview reads for ten seconds, and a list of 5,000 takes some to store. */
const campaignsTimeoutSeconds = 25;

/** /api/campaigns. */
export function campaignsFunction(scope: Construct, backing: Backing) {
  const { tables, encryptionKey, media } = backing.data;
  const campaigns = new NodeFunction(scope, "Campaigns", {
    folder: "api/campaigns",
    schema: CampaignsEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfCampaigns),
      CAMPAIGN_QUEUE_URL: backing.campaigns.audiences.queue.queueUrl,
      PACER_QUEUE_URL: backing.campaigns.pacer.queue.queueUrl,
      EVENT_TOPIC_ARN: backing.topic.topicArn,
      ENCRYPTION_KEY_ARN: encryptionKey.keyArn,
      MEDIA_BUCKET: media.bucketName,
    },
    timeoutSeconds: campaignsTimeoutSeconds,
    memoryMb: 1_024,
    errorImpact: "customers cannot see or change their campaigns",
  });
  grantTables(campaigns, tables, tablesOfCampaigns, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    campaigns: { items: ["GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "BatchWriteItem"] },
    campaign_recipients: { items: ["BatchGetItem", "Query"], indexes: ["byStatus"] },
    paces: { items: ["GetItem", "UpdateItem"] },
    // Sequences are counters beside the session.
    sessions: { items: ["GetItem", "UpdateItem"] },
    contacts: {
      items: ["BatchGetItem"],
      indexes: Object.keys(shapes.contacts.indexes).filter(name => name.startsWith("byTag")),
    },
    chats: { items: ["BatchGetItem"] },
    templates: { items: ["GetItem"] },
    media: { items: ["GetItem"] },
    events: writingEvents,
  });
  backing.campaigns.audiences.grantSend(campaigns);
  backing.campaigns.pacer.grantSend(campaigns);
  grantMedia(campaigns, media, { uploads: ["GetObject", "PutObject"] });
  backing.topic.grantPublish(campaigns);
  grantSealing(campaigns, encryptionKey, [sealing.keptAnswers]);
  return campaigns;
}
