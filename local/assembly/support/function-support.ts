import { onlyOnAws, type SupportTable } from "./resource-support.ts";

export const functionSupport: SupportTable = {
  "AWS::Lambda::Function": {
    honoured: [
      "FunctionName",
      "Code.S3Key",
      "Environment",
      "Handler",
      "MemorySize",
      "ReservedConcurrentExecutions",
      "Role",
      "Runtime",
      "Timeout",
    ],
    withoutEffect: [
      "Architectures",
      "Code.S3Bucket",
      "DeadLetterConfig",
      "Description",
      "EphemeralStorage",
      "Layers",
      "LoggingConfig",
      "Tags",
      "TracingConfig",
    ],
  },
  // Here a notification is tried three times in all, as by default on AWS, and a scheduled call waits for its next turn.
  "AWS::Lambda::EventInvokeConfig": onlyOnAws,
  "AWS::Lambda::EventSourceMapping": {
    honoured: [
      "BatchSize",
      "Enabled",
      "EventSourceArn",
      "FunctionName",
      "FunctionResponseTypes",
      "MaximumBatchingWindowInSeconds",
      "ScalingConfig",
    ],
    withoutEffect: ["Tags", "MetricsConfig"],
  },
  "AWS::Lambda::Permission": {
    honoured: ["Action", "FunctionName", "Principal", "SourceArn"],
    withoutEffect: ["SourceAccount"],
  },
  "AWS::Lambda::LayerVersion": onlyOnAws,
  "AWS::IAM::Role": {
    honoured: ["RoleName", "Policies", "ManagedPolicyArns"],
    withoutEffect: ["AssumeRolePolicyDocument", "Description", "Path", "Tags", "MaxSessionDuration"],
  },
  "AWS::IAM::Policy": { honoured: ["PolicyDocument", "Roles"], withoutEffect: ["PolicyName"] },
  "AWS::IAM::ManagedPolicy": {
    honoured: ["ManagedPolicyName", "PolicyDocument", "Roles"],
    withoutEffect: ["Description", "Path"],
  },
};
