import { Duration } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type * as z from "zod";
import { ImpactAlarm } from "./impact-alarm.ts";
import type { NodeFunction } from "./node-function.ts";

export interface WorkQueueProps {
  /** The longest its consumer may take with one batch: what it holds stays hidden six times as long, as AWS advises. */
  readonly consumerTimeoutSeconds: number;
  /** How long what it holds stays hidden where that is too long; never shorter than the consumer may take. */
  readonly visibilityTimeoutSeconds?: number;
  /** After so many failed receives a message goes to the dead-letter queue. */
  readonly receivesMax: number;
  /** Work older than this has an alarm. */
  readonly ageMaxSeconds: number;
  /** Who is hurt when work stands still or is given up, in words. */
  readonly errorImpact: string;
}

/** A queue that a function works off, with the dead-letter queue of what it cannot do, and an alarm for each. */
export class WorkQueue extends Construct {
  readonly queue: sqs.Queue;

  constructor(scope: Construct, id: string, props: WorkQueueProps) {
    super(scope, id);
    const deadLetters = new DeadLetterQueue(this, "DeadLetters", { errorImpact: props.errorImpact });
    this.queue = new sqs.Queue(this, "Queue", {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      visibilityTimeout: Duration.seconds(props.visibilityTimeoutSeconds ?? props.consumerTimeoutSeconds * 6),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: props.receivesMax },
    });
    new ImpactAlarm(this, "Waiting", {
      runbook: "queue-waits",
      errorImpact: props.errorImpact,
      because: `the oldest message in ${this.node.path} has waited for ${props.ageMaxSeconds} seconds`,
      metric: this.queue.metricApproximateAgeOfOldestMessage({ period: Duration.minutes(1), statistic: "max" }),
      threshold: props.ageMaxSeconds,
      periods: 5,
    });
  }

  /** May put work into it, and nothing else. */
  grantSend(grantee: iam.IGrantable): void {
    iam.Grant.addToPrincipal({ grantee, actions: ["sqs:SendMessage"], resourceArns: [this.queue.queueArn] });
  }

  /** Has a function work it off, each message failing alone; at most so many of it run at once. */
  feeds<S extends z.ZodObject>(
    consumer: NodeFunction<S>,
    options: { batchSize: number; concurrencyMax: number },
  ): void {
    const source = new SqsEventSource(this.queue, {
      batchSize: options.batchSize,
      maxConcurrency: options.concurrencyMax,
      reportBatchItemFailures: true,
    });
    consumer.lambda.addEventSource(source);
  }
}

/** Where messages go that nobody could work off. Anything in it needs a person. */
export class DeadLetterQueue extends sqs.Queue {
  constructor(scope: Construct, id: string, props: { readonly errorImpact: string }) {
    super(scope, id, {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    new ImpactAlarm(this, "NotEmpty", {
      runbook: "dead-letters",
      errorImpact: props.errorImpact,
      because: `messages were given up into ${this.node.path}`,
      metric: this.metricApproximateNumberOfMessagesVisible({ period: Duration.minutes(1), statistic: "max" }),
      threshold: 1,
    });
  }
}
