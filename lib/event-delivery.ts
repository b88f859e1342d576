import { Duration } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import type * as z from "zod";
import { DeliverySweeperEnvironment, tablesOfDeliverySweeper } from "../functions/delivery-sweeper/environment.ts";
import { EventRepublisherEnvironment, tablesOfEventRepublisher } from "../functions/event-republisher/environment.ts";
import { tablesOfWebhookDelivery, WebhookDeliveryEnvironment } from "../functions/webhook-delivery/environment.ts";
import { tablesOfWebhookFanout, WebhookFanoutEnvironment } from "../functions/webhook-fanout/environment.ts";
import type { DataStack } from "./data-stack.ts";
import { grantOpening, sealing } from "./encryption-access.ts";
import type { EventTopic } from "./event-topic.ts";
import { NodeFunction } from "./node-function.ts";
import { metricsNamespace, type Settings } from "./settings.ts";
import { grantTables, tableVariables } from "./table-access.ts";
import { WorkQueue } from "./work-queue.ts";

export interface EventDeliveryProps {
  readonly data: DataStack;
  readonly topic: EventTopic;
  readonly settings: Settings;
}

/** A delivery waits at most 15 seconds for a customer's endpoint; the rest is for our own reads and writes. */
const deliveryTimeoutSeconds = 30;
const fanoutTimeoutSeconds = 30;
/** No endpoint has more than a tenth of them under way. */
const deliveriesAtOnce = 100;

/** How an event reaches customers' endpoints: topic → queue → fan-out → one message a delivery → the endpoint. */
export class EventDelivery extends Construct {
  /** What DELIVERY_QUEUE_URL is to be. */
  readonly deliveries: WorkQueue;
  private readonly data: DataStack;
  private readonly topic: EventTopic;
  private readonly settings: Settings;

  constructor(scope: Construct, id: string, props: EventDeliveryProps) {
    super(scope, id);
    this.data = props.data;
    this.topic = props.topic;
    this.settings = props.settings;
    this.deliveries = new WorkQueue(this, "Deliveries", {
      consumerTimeoutSeconds: deliveryTimeoutSeconds,
      receivesMax: 5,
      // Messages may be delayed by up to 15 minutes on purpose; what is delayed is not yet waiting.
      ageMaxSeconds: 600,
      errorImpact: "customers' endpoints get events late or not at all",
    });
    this.fanOut();
    this.deliver();
    this.sweepDeliveries();
    this.republishEvents();
  }

  private fanOut(): void {
    const { tables } = this.data;
    const errorImpact = "customers' endpoints get no events";
    const fanout = new NodeFunction(this, "WebhookFanout", {
      folder: "webhook-fanout",
      schema: WebhookFanoutEnvironment,
      environment: {
        ...tableVariables(tables, tablesOfWebhookFanout),
        DELIVERY_QUEUE_URL: this.deliveries.queue.queueUrl,
      },
      timeoutSeconds: fanoutTimeoutSeconds,
      errorImpact,
    });
    grantTables(fanout, tables, tablesOfWebhookFanout, {
      webhooks: { items: ["Query", "GetItem"] },
      deliveries: { items: ["GetItem", "PutItem"] },
    });
    this.deliveries.grantSend(fanout);
    const published = new WorkQueue(this, "Events", {
      consumerTimeoutSeconds: fanoutTimeoutSeconds,
      receivesMax: 5,
      ageMaxSeconds: 300,
      errorImpact,
    });
    this.topic.addSubscription(new SqsSubscription(published.queue, { rawMessageDelivery: true }));
    published.feeds(fanout, { batchSize: 10, concurrencyMax: 20 });
  }

  private deliver(): void {
    const { tables, encryptionKey } = this.data;
    const delivery = new NodeFunction(this, "WebhookDelivery", {
      folder: "webhook-delivery",
      schema: WebhookDeliveryEnvironment,
      environment: {
        ...tableVariables(tables, tablesOfWebhookDelivery),
        DELIVERY_QUEUE_URL: this.deliveries.queue.queueUrl,
        EVENT_TOPIC_ARN: this.topic.topicArn,
        ENCRYPTION_KEY_ARN: encryptionKey.keyArn,
        METRICS_NAMESPACE: metricsNamespace(this.settings),
        ENDPOINT_SLOTS_MAX: String(deliveriesAtOnce / 10),
      },
      timeoutSeconds: deliveryTimeoutSeconds,
      errorImpact: "customers' endpoints get events late or not at all",
    });
    grantTables(delivery, tables, tablesOfWebhookDelivery, {
      webhooks: { items: ["GetItem", "UpdateItem"] },
      deliveries: { items: ["GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem"] },
      // It reads the log to replay it, and tells of an endpoint that it disabled.
      events: { items: ["Query", "PutItem", "UpdateItem", "DeleteItem"] },
      usage: { items: ["UpdateItem"] },
    });
    this.deliveries.grantSend(delivery);
    this.topic.grantPublish(delivery);
    grantOpening(delivery, encryptionKey, [sealing.webhookSecrets]);
    this.deliveries.feeds(delivery, { batchSize: 1, concurrencyMax: deliveriesAtOnce });
  }

  private sweepDeliveries(): void {
    const { tables } = this.data;
    const sweeper = new NodeFunction(this, "DeliverySweeper", {
      folder: "delivery-sweeper",
      schema: DeliverySweeperEnvironment,
      environment: {
        ...tableVariables(tables, tablesOfDeliverySweeper),
        DELIVERY_QUEUE_URL: this.deliveries.queue.queueUrl,
      },
      timeoutSeconds: 55,
      errorImpact: "failed deliveries are not tried again after more than 15 minutes",
    });
    grantTables(sweeper, tables, tablesOfDeliverySweeper, {
      deliveries: { items: ["GetItem", "UpdateItem"], indexes: ["due"] },
    });
    this.deliveries.grantSend(sweeper);
    this.everyMinute("SweepDeliveries", sweeper);
  }

  private republishEvents(): void {
    const { tables } = this.data;
    const republisher = new NodeFunction(this, "EventRepublisher", {
      folder: "event-republisher",
      schema: EventRepublisherEnvironment,
      environment: {
        ...tableVariables(tables, tablesOfEventRepublisher),
        EVENT_TOPIC_ARN: this.topic.topicArn,
      },
      timeoutSeconds: 55,
      errorImpact: "events that a crash left unpublished do not reach customers' endpoints",
    });
    grantTables(republisher, tables, tablesOfEventRepublisher, {
      events: { items: ["GetItem", "PutItem", "UpdateItem", "DeleteItem"], indexes: ["unpublished"] },
    });
    this.topic.grantPublish(republisher);
    this.everyMinute("RepublishEvents", republisher);
  }

  private everyMinute<S extends z.ZodObject>(id: string, sweep: NodeFunction<S>): void {
    // The next minute repeats it anyway: a late retry would only run beside it.
    const target = new targets.LambdaFunction(sweep.lambda, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new events.Rule(this, id, { schedule: events.Schedule.rate(Duration.minutes(1)), targets: [target] });
  }
}
