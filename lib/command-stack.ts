import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { AlarmTopic } from "./alarm-topic.ts";
import { CommandQueues } from "./command-queues.ts";
import type { Settings } from "./settings.ts";

/**
 * The command queues, in a stack of their own: there are as many as shards, and CloudFormation's 500 resources a stack
 * are meant for what grows with the API.
 */
export class CommandStack extends Stack {
  readonly queues: CommandQueues;

  constructor(
    scope: Construct,
    id: string,
    { settings, alarms, ...props }: StackProps & { readonly settings: Settings; readonly alarms: AlarmTopic },
  ) {
    super(scope, id, props);
    this.queues = new CommandQueues(this, "Commands", settings);
    alarms.hearsOf(this);
  }
}
