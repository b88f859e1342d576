import { type Stack, Validations } from "aws-cdk-lib";
import * as cloudwatch from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import * as sns from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";

/** Where every alarm is told of; a person confirmed the subscription, so it is kept with the data. */
export class AlarmTopic extends sns.Topic {
  constructor(scope: Construct, id: string, props: { readonly email: string | undefined }) {
    super(scope, id, { displayName: "WASaaS alarms", enforceSSL: true });
    if (props.email !== undefined) this.addSubscription(new EmailSubscription(props.email));
    Validations.of(this).acknowledge({
      id: "AwsSolutions-SNS2",
      reason: "CloudWatch cannot publish under AWS's own key for SNS, and an alarm's text names no customer.",
    });
  }

  /** Has every alarm of a stack tell here, and answers them. Call it when the stack is complete. */
  hearsOf(stack: Stack): cloudwatch.Alarm[] {
    const alarms = stack.node.findAll().filter(construct => construct instanceof cloudwatch.Alarm);
    for (const alarm of alarms) alarm.addAlarmAction(new SnsAction(this));
    return alarms;
  }
}
