import { Arn, ArnFormat, Duration, Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import * as sqs from "aws-cdk-lib/aws-sqs";
import { Construct, type IConstruct } from "constructs";
import { shardName } from "../domain/command/shard.ts";
import { DeadLetterQueue } from "./work-queue.ts";

export interface CommandQueuesProps {
  readonly installationName: string;
  readonly shardCount: number;
}

/**
 * The doorbells: one queue a shard, named so that the URL of one gives those of all. A command says only that a session
 * has work, and its owner looks into the outbox every 15 seconds anyway: so commands are kept for an hour, and no queue
 * of the many has an alarm of its own. That nobody reads them shows in the socket hosts' alarms.
 */
export class CommandQueues extends Construct {
  /** What COMMAND_QUEUE_URL is to be: the queue of shard 0. */
  readonly urlOfShard0: string;
  private readonly prefix: string;
  private readonly anyQueueArn: string;

  constructor(scope: Construct, id: string, props: CommandQueuesProps) {
    super(scope, id);
    this.prefix = `${props.installationName}-commands-`;
    this.anyQueueArn = Arn.format(
      { service: "sqs", resource: `${this.prefix}*`, arnFormat: ArnFormat.NO_RESOURCE_NAME },
      Stack.of(this),
    );
    const deadLetterQueue = new DeadLetterQueue(this, "DeadLetters", {
      errorImpact: "messages of some sessions leave up to 15 seconds late",
    });
    const queues = Array.from({ length: props.shardCount }, (_, shard) => {
      return new sqs.Queue(this, `Shard${shardName(shard)}`, {
        queueName: `${this.prefix}${shardName(shard)}`,
        encryption: sqs.QueueEncryption.SQS_MANAGED,
        retentionPeriod: Duration.hours(1),
        visibilityTimeout: Duration.seconds(30),
        receiveMessageWaitTime: Duration.seconds(20),
        deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 5 },
      });
    });
    this.urlOfShard0 = queues[0]?.queueUrl ?? "";
    this.refuseUnencryptedAccess(queues);
  }

  /** One policy for all queues: SQS takes one resource a statement, and a pattern is one. */
  private refuseUnencryptedAccess(queues: readonly sqs.Queue[]): void {
    const statement = new iam.PolicyStatement({
      effect: iam.Effect.DENY,
      principals: [new iam.AnyPrincipal()],
      actions: ["sqs:*"],
      resources: [this.anyQueueArn],
      conditions: { Bool: { "aws:SecureTransport": "false" } },
    });
    new sqs.CfnQueuePolicy(this, "TlsOnly", {
      queues: queues.map(queue => queue.queueUrl),
      policyDocument: new iam.PolicyDocument({ statements: [statement] }),
    });
  }

  /** May ring at any shard. */
  grantRing(grantee: Caller): void {
    this.grant(grantee, ["sqs:SendMessage"]);
  }

  /** May answer the bell of any shard. */
  grantAnswer(grantee: Caller): void {
    this.grant(grantee, ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]);
  }

  private grant(grantee: Caller, actions: string[]): void {
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [this.anyQueueArn] });
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:sqs:<AWS::Region>:<AWS::AccountId>:${this.prefix}*]`,
      reason: "The command queues of all shards, whose names nothing else has: listing each would outgrow a policy.",
    });
  }
}

type Caller = iam.IGrantable & IConstruct;
