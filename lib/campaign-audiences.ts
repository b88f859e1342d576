import { Construct } from "constructs";
import { tables as shapes } from "../domain/tables.ts";
import {
  CampaignMaterialiserEnvironment,
  tablesOfCampaignMaterialiser,
} from "../functions/campaign-materialiser/environment.ts";
import { type CampaignQueues, campaignTimeoutSeconds } from "./campaign-queues.ts";
import type { DataStack } from "./data-stack.ts";
import type { EventTopic } from "./event-topic.ts";
import { grantMedia } from "./media-access.ts";
import { NodeFunction } from "./node-function.ts";
import { grantTables, tableVariables } from "./table-access.ts";

export interface CampaignAudiencesProps {
  readonly data: DataStack;
  readonly topic: EventTopic;
  readonly queues: CampaignQueues;
}

/** How a campaign gets its recipients, and loses them when it is deleted: a message a step, each some seconds of work. */
export class CampaignAudiences extends Construct {
  constructor(scope: Construct, id: string, { data, topic, queues }: CampaignAudiencesProps) {
    super(scope, id);
    const materialiser = new NodeFunction(this, "Materialiser", {
      folder: "campaign-materialiser",
      schema: CampaignMaterialiserEnvironment,
      environment: {
        ...tableVariables(data.tables, tablesOfCampaignMaterialiser),
        CAMPAIGN_QUEUE_URL: queues.audiences.queue.queueUrl,
        PACER_QUEUE_URL: queues.pacer.queue.queueUrl,
        EVENT_TOPIC_ARN: topic.topicArn,
        MEDIA_BUCKET: data.media.bucketName,
      },
      timeoutSeconds: campaignTimeoutSeconds,
      memoryMb: 1_024,
      errorImpact: "customers' campaigns do not begin",
    });
    grantTables(materialiser, data.tables, tablesOfCampaignMaterialiser, {
      campaigns: { items: ["GetItem", "UpdateItem", "Query", "BatchWriteItem"] },
      campaign_recipients: { items: ["BatchGetItem", "PutItem", "Query", "BatchWriteItem"] },
      paces: { items: ["UpdateItem"] },
      contacts: {
        items: ["BatchGetItem"],
        indexes: Object.keys(shapes.contacts.indexes).filter(name => name.startsWith("byTag")),
      },
      chats: { items: ["BatchGetItem"] },
      // Sequences are counters beside the session.
      sessions: { items: ["GetItem", "UpdateItem"] },
      events: { items: ["PutItem", "UpdateItem", "DeleteItem"] },
    });
    grantMedia(materialiser, data.media, { uploads: ["GetObject"] });
    topic.grantPublish(materialiser);
    queues.audiences.grantSend(materialiser);
    queues.pacer.grantSend(materialiser);
    queues.audiences.feeds(materialiser, { batchSize: 1, concurrencyMax: 10 });
  }
}
