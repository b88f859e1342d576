import { describe, expect, it } from "vitest";
import type { PolicyStatement } from "../../../local/aws/iam/policy.ts";
import { missingPermissions } from "../../../local/installation/missing-permissions.ts";
import type { FunctionDefinition } from "../../../local/lambda/function-definition.ts";
import { smallAssembly } from "../assembly/small-assembly.ts";

const arn = "arn:aws:lambda:us-east-1:000000000000:function:handler";
const definition: FunctionDefinition = {
  name: "handler",
  arn,
  roleName: "role",
  directory: "/nowhere",
  handler: "index.handler",
  timeoutMs: 1_000,
  memoryMb: 128,
  concurrencyMax: undefined,
  queueConcurrencyMax: undefined,
  environment: {},
};
const resources = {
  Jobs: { Type: "AWS::SQS::Queue", Properties: { QueueName: "jobs" } },
  Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: "topic" } },
  ToQueue: {
    Type: "AWS::SNS::Subscription",
    Properties: { TopicArn: { Ref: "Topic" }, Protocol: "sqs", Endpoint: { "Fn::GetAtt": ["Jobs", "Arn"] } },
  },
  ToFunction: {
    Type: "AWS::SNS::Subscription",
    Properties: { TopicArn: { Ref: "Topic" }, Protocol: "lambda", Endpoint: arn },
  },
  Mapping: {
    Type: "AWS::Lambda::EventSourceMapping",
    Properties: { EventSourceArn: { "Fn::GetAtt": ["Jobs", "Arn"] }, FunctionName: "handler" },
  },
  Api: { Type: "AWS::ApiGateway::RestApi" },
  Stage: {
    Type: "AWS::ApiGateway::Stage",
    Properties: { RestApiId: { Ref: "Api" }, StageName: "live" },
  },
  Note: {
    Type: "AWS::ApiGateway::Resource",
    Properties: { RestApiId: { Ref: "Api" }, ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] }, PathPart: "{id}" },
  },
  Get: {
    Type: "AWS::ApiGateway::Method",
    Properties: {
      RestApiId: { Ref: "Api" },
      ResourceId: { Ref: "Note" },
      HttpMethod: "ANY",
      Integration: {
        Type: "AWS_PROXY",
        Uri: `arn:aws:apigateway:us-east-1:lambda:path/x/functions/${arn}/invocations`,
      },
    },
  },
};
const permission = (principal: string, source: unknown) => ({
  Type: "AWS::Lambda::Permission",
  Properties: { Action: "lambda:InvokeFunction", FunctionName: arn, Principal: principal, SourceArn: source },
});

describe("missingPermissions", () => {
  it("names every service that could not do its part on AWS", async () => {
    const assembly = await smallAssembly({ Stack: { Resources: resources } });
    const missing = missingPermissions({ assembly, functions: [definition], policyOf: () => [] });
    const apiId = assembly.ofType("AWS::ApiGateway::RestApi")[0]?.identity.ref;
    expect(missing).toEqual([
      `apigateway.amazonaws.com may not invoke handler for arn:aws:execute-api:us-east-1:000000000000:${apiId}/live/GET/*`,
      "sns.amazonaws.com may not send to arn:aws:sqs:us-east-1:000000000000:jobs for arn:aws:sns:us-east-1:000000000000:topic",
      "sns.amazonaws.com may not invoke handler for arn:aws:sns:us-east-1:000000000000:topic",
      ...["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"].map(
        action => `handler may not ${action} arn:aws:sqs:us-east-1:000000000000:jobs, which it is mapped to`,
      ),
    ]);
  });

  it("says nothing where each is granted", async () => {
    const toSend = {
      Effect: "Allow",
      Action: "sqs:SendMessage",
      Principal: { Service: "sns.amazonaws.com" },
      Resource: "*",
      Condition: { ArnEquals: { "aws:SourceArn": { Ref: "Topic" } } },
    };
    const granted = {
      Policy: {
        Type: "AWS::SQS::QueuePolicy",
        Properties: { Queues: [{ Ref: "Jobs" }], PolicyDocument: { Statement: [toSend] } },
      },
      BySns: permission("sns.amazonaws.com", { Ref: "Topic" }),
      ByApi: permission("apigateway.amazonaws.com", {
        "Fn::Join": ["", ["arn:aws:execute-api:us-east-1:000000000000:", { Ref: "Api" }, "/live/*/*"]],
      }),
    };
    const assembly = await smallAssembly({ Stack: { Resources: { ...resources, ...granted } } });
    const statements: PolicyStatement[] = [{ Effect: "Allow", Action: ["sqs:*"], Resource: ["*"] }];
    expect(missingPermissions({ assembly, functions: [definition], policyOf: () => statements })).toEqual([]);
  });
});
