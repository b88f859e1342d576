import type { Construct } from "constructs";
import { tablesOfWebhooks, WebhooksEnvironment } from "../../functions/api/webhooks/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting, keepingAnswers, writingEvents } from "./backing.ts";

/** /api/webhooks. */
export function webhooksFunction(scope: Construct, backing: Backing) {
  const { tables, encryptionKey } = backing.data;
  const webhooks = new NodeFunction(scope, "Webhooks", {
    folder: "api/webhooks",
    schema: WebhooksEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfWebhooks),
      DELIVERY_QUEUE_URL: backing.deliveries.queue.queueUrl,
      EVENT_TOPIC_ARN: backing.topic.topicArn,
      ENCRYPTION_KEY_ARN: encryptionKey.keyArn,
    },
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot set up webhooks or see their deliveries",
  });
  grantTables(webhooks, tables, tablesOfWebhooks, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    sessions: { items: ["GetItem"] },
    webhooks: { items: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] },
    deliveries: { items: ["GetItem", "Query", "UpdateItem"] },
    events: writingEvents,
  });
  backing.deliveries.grantSend(webhooks);
  backing.topic.grantPublish(webhooks);
  grantSealing(webhooks, encryptionKey, [sealing.keptAnswers, sealing.webhookSecrets]);
  return webhooks;
}
