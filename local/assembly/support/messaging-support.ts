import { onlyOnAws, type SupportTable } from "./resource-support.ts";

export const messagingSupport: SupportTable = {
  "AWS::SQS::Queue": {
    honoured: [
      "QueueName",
      "VisibilityTimeout",
      "MessageRetentionPeriod",
      "DelaySeconds",
      "ReceiveMessageWaitTimeSeconds",
      "MaximumMessageSize",
      "RedrivePolicy",
      "FifoQueue",
      "ContentBasedDeduplication",
    ],
    withoutEffect: [
      "SqsManagedSseEnabled",
      "KmsMasterKeyId",
      "KmsDataKeyReusePeriodSeconds",
      "RedriveAllowPolicy",
      "Tags",
    ],
  },
  "AWS::SQS::QueuePolicy": onlyOnAws,
  "AWS::SNS::Topic": {
    honoured: ["TopicName", "FifoTopic", "ContentBasedDeduplication"],
    withoutEffect: ["DisplayName", "KmsMasterKeyId", "TracingConfig", "Tags"],
  },
  "AWS::SNS::TopicPolicy": onlyOnAws,
  "AWS::SNS::Subscription": {
    honoured: ["TopicArn", "Protocol", "Endpoint", "RawMessageDelivery", "FilterPolicy", "FilterPolicyScope"],
    // SNS uses the dead-letter queue only where it cannot reach the endpoint, and here it always can.
    withoutEffect: ["RedrivePolicy", "Region"],
  },
  "AWS::Events::Rule": {
    honoured: ["Name", "ScheduleExpression", "State", "Targets.Arn", "Targets.Id", "Targets.Input"],
    withoutEffect: ["Description", "Targets.RetryPolicy", "Targets.DeadLetterConfig"],
  },
  "AWS::Scheduler::Schedule": {
    honoured: ["Name", "ScheduleExpression", "ScheduleExpressionTimezone", "State", "Target.Arn", "Target.Input"],
    withoutEffect: [
      "Description",
      "GroupName",
      "FlexibleTimeWindow",
      "Target.RoleArn",
      "Target.RetryPolicy",
      "Target.DeadLetterConfig",
    ],
  },
};
