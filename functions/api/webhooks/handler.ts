import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { snsTopic } from "../../../domain/event/publisher.ts";
import { idOf } from "../../../domain/id.ts";
import { idempotencyStore } from "../../../domain/idempotency/store.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { kmsDataKeys, secretBox } from "../../../domain/secret/envelope.ts";
import { findSession } from "../../../domain/session/store.ts";
import { tableNames } from "../../../domain/tables.ts";
import { DeliveryRef } from "../../../domain/webhook/delivery.ts";
import { sqsDeliveryQueue } from "../../../domain/webhook/delivery-command.ts";
import { findDelivery } from "../../../domain/webhook/delivery-store.ts";
import { findWebhook } from "../../../domain/webhook/store.ts";
import { serve } from "../endpoint.ts";
import { finder } from "../finder.ts";
import { createWebhook } from "./create.ts";
import { deleteWebhook } from "./delete.ts";
import { tablesOfWebhooks, WebhooksEnvironment } from "./environment.ts";
import { getWebhook } from "./get.ts";
import { listWebhooks } from "./list.ts";
import { listDeliveries } from "./list-deliveries.ts";
import { redeliver } from "./redeliver.ts";
import { replaceWebhook } from "./replace.ts";
import { replayWebhook } from "./replay.ts";
import { rotateWebhookSecret } from "./rotate-secret.ts";
import { webhookRoutesUnder } from "./routes.ts";
import { testWebhook } from "./test.ts";
import { updateWebhook } from "./update.ts";

const environment = parseEnvironment(WebhooksEnvironment, process.env);
const log = openLog({ name: "api/webhooks" });
const db = openDb(tableNames(tablesOfWebhooks, environment));
const box = secretBox(kmsDataKeys(environment.ENCRYPTION_KEY_ARN));
const topic = snsTopic(environment.EVENT_TOPIC_ARN);
const queue = sqsDeliveryQueue(environment.DELIVERY_QUEUE_URL);
const now = systemNow;

const SessionId = idOf("ses");
const WebhookId = idOf("whk");

const webhooks = finder(async (tenantId, [id = ""]) =>
  WebhookId.safeParse(id).success ? findWebhook(db, tenantId, id) : undefined,
);
const sessions = finder(async (tenantId, [id = ""]) =>
  SessionId.safeParse(id).success ? findSession(db, tenantId, id) : undefined,
);
const deliveries = finder(async (tenantId, [webhookId, id]) => {
  const delivery = DeliveryRef.safeParse({ tenantId, webhookId, id });
  return delivery.success ? findDelivery(db, delivery.data) : undefined;
});

const routes = webhookRoutesUnder({ allowLoopback: environment.ALLOW_LOOPBACK_WEBHOOKS });

export const handler = serve({
  routes,
  endpoints: {
    createWebhook: createWebhook(routes, db, box),
    listWebhooks: listWebhooks(routes, db),
    getWebhook: getWebhook(routes, webhooks),
    updateWebhook: updateWebhook(routes, { db, queue }, webhooks),
    replaceWebhook: replaceWebhook(routes, { db, queue }, webhooks),
    deleteWebhook: deleteWebhook(routes, db, webhooks),
    testWebhook: testWebhook(routes, { db, topic, now, log }, webhooks),
    rotateWebhookSecret: rotateWebhookSecret(routes, db, box, webhooks),
    listDeliveries: listDeliveries(routes, db, webhooks),
    redeliver: redeliver(routes, { db, queue, webhooks, deliveries }),
    replayWebhook: replayWebhook(routes, queue, webhooks),
  },
  finders: { webhook: webhooks, session: sessions, delivery: deliveries },
  now,
  log,
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
  idempotency: idempotencyStore(db, box),
});
