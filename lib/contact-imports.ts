import { Construct } from "constructs";
import {
  ContactImporterEnvironment,
  receivesMax,
  tablesOfContactImporter,
} from "../functions/contact-importer/environment.ts";
import type { DataStack } from "./data-stack.ts";
import type { EventTopic } from "./event-topic.ts";
import { grantMedia } from "./media-access.ts";
import { NodeFunction } from "./node-function.ts";
import { grantTables, tableVariables } from "./table-access.ts";
import { WorkQueue } from "./work-queue.ts";

export interface ContactImportsProps {
  readonly data: DataStack;
  readonly topic: EventTopic;
}

const errorImpact = "customers' imports of contacts stand still";
const timeoutSeconds = 25;

/** How contacts are imported from uploaded files: a message a step, each of them some seconds of work. */
export class ContactImports extends Construct {
  /** What IMPORT_QUEUE_URL is to be. */
  readonly queue: WorkQueue;

  constructor(scope: Construct, id: string, { data, topic }: ContactImportsProps) {
    super(scope, id);
    this.queue = new WorkQueue(this, "Steps", {
      consumerTimeoutSeconds: timeoutSeconds,
      // An import whose function was killed goes on after this time.
      visibilityTimeoutSeconds: timeoutSeconds + 5,
      receivesMax,
      ageMaxSeconds: 900,
      errorImpact,
    });
    const importer = new NodeFunction(this, "Importer", {
      folder: "contact-importer",
      schema: ContactImporterEnvironment,
      environment: {
        ...tableVariables(data.tables, tablesOfContactImporter),
        IMPORT_QUEUE_URL: this.queue.queue.queueUrl,
        EVENT_TOPIC_ARN: topic.topicArn,
        MEDIA_BUCKET: data.media.bucketName,
      },
      timeoutSeconds,
      memoryMb: 1_024,
      errorImpact,
    });
    grantTables(importer, data.tables, tablesOfContactImporter, {
      contacts: { items: ["BatchGetItem", "PutItem"] },
      imports: { items: ["GetItem", "Query", "PutItem"] },
      events: { items: ["PutItem", "UpdateItem", "DeleteItem"] },
    });
    grantMedia(importer, data.media, { uploads: ["GetObject"], imports: ["PutObject"] });
    topic.grantPublish(importer);
    this.queue.grantSend(importer);
    this.queue.feeds(importer, { batchSize: 1, concurrencyMax: 10 });
  }
}
