import { Duration } from "aws-cdk-lib";
import * as events from "aws-cdk-lib/aws-events";
import * as targets from "aws-cdk-lib/aws-events-targets";
import * as sns from "aws-cdk-lib/aws-sns";
import { SqsSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { followedAttribute } from "../domain/campaign/concerned.ts";
import { CampaignPacerEnvironment, tablesOfCampaignPacer } from "../functions/campaign-pacer/environment.ts";
import { CampaignProgressEnvironment, tablesOfCampaignProgress } from "../functions/campaign-progress/environment.ts";
import { CampaignSweeperEnvironment, tablesOfCampaignSweeper } from "../functions/campaign-sweeper/environment.ts";
import { bellVariables, writingEvents } from "./api-functions/backing.ts";
import { type CampaignQueues, campaignTimeoutSeconds } from "./campaign-queues.ts";
import type { CommandQueues } from "./command-queues.ts";
import type { DataStack } from "./data-stack.ts";
import type { EventTopic } from "./event-topic.ts";
import { NodeFunction } from "./node-function.ts";
import { grantTables, tableVariables } from "./table-access.ts";
import { WorkQueue } from "./work-queue.ts";

export interface CampaignSendingProps {
  readonly data: DataStack;
  readonly topic: EventTopic;
  readonly commands: CommandQueues;
  readonly shardCount: number;
  readonly queues: CampaignQueues;
}

const errorImpact = "customers' campaigns stand still";
const progressTimeoutSeconds = 30;
/** Sequences are counters beside the session. */
const sequences = { items: ["GetItem", "UpdateItem"] } as const;

/**
 * How campaigns are sent: a tick a message has the pacer accept what is due, events of their messages tell how far they
 * have come, and a sweep each minute makes up for what was lost. Nothing runs but the sweep while no campaign does.
 */
export class CampaignSending extends Construct {
  private readonly props: CampaignSendingProps;

  constructor(scope: Construct, id: string, props: CampaignSendingProps) {
    super(scope, id);
    this.props = props;
    this.pace();
    this.follow();
    this.sweep();
  }

  private pace(): void {
    const { data, topic, commands, queues } = this.props;
    const pacer = new NodeFunction(this, "Pacer", {
      folder: "campaign-pacer",
      schema: CampaignPacerEnvironment,
      environment: {
        ...tableVariables(data.tables, tablesOfCampaignPacer),
        ...bellVariables(this.props),
        PACER_QUEUE_URL: queues.pacer.queue.queueUrl,
        EVENT_TOPIC_ARN: topic.topicArn,
      },
      timeoutSeconds: campaignTimeoutSeconds,
      errorImpact,
    });
    grantTables(pacer, data.tables, tablesOfCampaignPacer, {
      accounts: { items: ["GetItem"] },
      paces: { items: ["GetItem", "PutItem", "UpdateItem", "ConditionCheckItem"] },
      campaigns: { items: ["GetItem", "UpdateItem"] },
      campaign_recipients: {
        items: ["GetItem", "BatchGetItem", "PutItem", "UpdateItem"],
        indexes: ["byTurn", "byStatus"],
      },
      sessions: sequences,
      messages: { items: ["BatchGetItem", "PutItem"] },
      chats: { items: ["GetItem", "BatchGetItem", "UpdateItem"] },
      contacts: { items: ["ConditionCheckItem"] },
      outbox: { items: ["PutItem"] },
      events: writingEvents,
    });
    commands.grantRing(pacer);
    topic.grantPublish(pacer);
    queues.pacer.grantSend(pacer);
    queues.pacer.feeds(pacer, { batchSize: 1, concurrencyMax: 50 });
  }

  private follow(): void {
    const { data, topic, commands } = this.props;
    const impact = "customers see campaigns stand where they do not, and people who opt out are not heard";
    const progress = new NodeFunction(this, "Progress", {
      folder: "campaign-progress",
      schema: CampaignProgressEnvironment,
      environment: {
        ...tableVariables(data.tables, tablesOfCampaignProgress),
        ...bellVariables(this.props),
        EVENT_TOPIC_ARN: topic.topicArn,
      },
      timeoutSeconds: progressTimeoutSeconds,
      errorImpact: impact,
    });
    grantTables(progress, data.tables, tablesOfCampaignProgress, {
      accounts: { items: ["GetItem"] },
      paces: { items: ["GetItem", "Query", "PutItem"] },
      campaigns: { items: ["GetItem", "UpdateItem"] },
      campaign_recipients: { items: ["GetItem", "UpdateItem"] },
      sessions: sequences,
      messages: { items: ["PutItem"] },
      chats: { items: ["GetItem", "UpdateItem"] },
      contacts: { items: ["GetItem", "PutItem"] },
      outbox: { items: ["PutItem"] },
      events: writingEvents,
    });
    commands.grantRing(progress);
    topic.grantPublish(progress);
    const followed = new WorkQueue(this, "Followed", {
      consumerTimeoutSeconds: progressTimeoutSeconds,
      receivesMax: 5,
      ageMaxSeconds: 300,
      errorImpact: impact,
    });
    const { name, value } = followedAttribute;
    const filterPolicy = { [name]: sns.SubscriptionFilter.stringFilter({ allowlist: [value] }) };
    topic.addSubscription(new SqsSubscription(followed.queue, { rawMessageDelivery: true, filterPolicy }));
    followed.feeds(progress, { batchSize: 10, concurrencyMax: 20 });
  }

  private sweep(): void {
    const { data, topic, queues } = this.props;
    const sweeper = new NodeFunction(this, "Sweeper", {
      folder: "campaign-sweeper",
      schema: CampaignSweeperEnvironment,
      environment: {
        ...tableVariables(data.tables, tablesOfCampaignSweeper),
        CAMPAIGN_QUEUE_URL: queues.audiences.queue.queueUrl,
        PACER_QUEUE_URL: queues.pacer.queue.queueUrl,
        EVENT_TOPIC_ARN: topic.topicArn,
      },
      timeoutSeconds: 55,
      errorImpact: "customers' scheduled campaigns do not begin, and those in quiet hours do not go on",
    });
    grantTables(sweeper, data.tables, tablesOfCampaignSweeper, {
      campaigns: { items: ["GetItem", "PutItem", "UpdateItem"], indexes: ["due"] },
      paces: { items: [], indexes: ["due"] },
      templates: { items: ["GetItem"] },
      media: { items: ["GetItem"] },
      sessions: sequences,
      events: writingEvents,
    });
    topic.grantPublish(sweeper);
    queues.audiences.grantSend(sweeper);
    queues.pacer.grantSend(sweeper);
    // The next minute repeats it anyway: a late retry would only run beside it.
    const target = new targets.LambdaFunction(sweeper.lambda, { retryAttempts: 0, maxEventAge: Duration.minutes(1) });
    new events.Rule(this, "Sweep", { schedule: events.Schedule.rate(Duration.minutes(1)), targets: [target] });
  }
}
