import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { evaluate } from "../aws/iam/evaluate.ts";
import type { PolicyStatement } from "../aws/iam/policy.ts";
import { matchesArn } from "../aws/iam/wildcard.ts";
import type { FunctionDefinition } from "../lambda/function-definition.ts";

const PermissionProperties = z.object({
  FunctionName: z.string(),
  Principal: z.string(),
  SourceArn: z.string().optional(),
});
const FunctionUri = z.object({ Integration: z.object({ Uri: z.string().optional() }) });
const Targets = z.object({ Targets: z.array(z.object({ Arn: z.string() })).default([]) });
const TextOrTexts = z.union([z.string().transform(one => [one]), z.array(z.string())]);
const QueuePolicy = z.object({
  Queues: z.array(z.string()),
  PolicyDocument: z.object({
    Statement: z.array(
      z.object({
        Effect: z.string(),
        Principal: z.unknown(),
        Action: TextOrTexts,
        Condition: z.record(z.string(), z.record(z.string(), TextOrTexts)).optional(),
      }),
    ),
  }),
});

export interface PermissionsOfAssembly {
  readonly assembly: Assembly;
  readonly functions: readonly FunctionDefinition[];
  readonly policyOf: (roleName: string) => readonly PolicyStatement[];
}

/**
 * What works here only because nobody asks for leave: a service that on AWS could not invoke a function, read a queue
 * or send to it. One sentence for each.
 */
export function missingPermissions(whole: PermissionsOfAssembly): readonly string[] {
  const { assembly } = whole;
  return [
    ...assembly.ofType("AWS::ApiGateway::Method").flatMap(method => unanswerable(whole, method)),
    ...assembly.ofType("AWS::ApiGateway::Authorizer").flatMap(authorizer => {
      const { RestApiId, AuthorizerUri } = authorizer.properties;
      const source = `${executeApiArn(assembly, String(RestApiId))}/authorizers/${authorizer.identity.ref}`;
      return uninvokable(whole, functionArnIn(String(AuthorizerUri)), "apigateway.amazonaws.com", source);
    }),
    ...assembly
      .ofType("AWS::Events::Rule")
      .flatMap(rule =>
        Targets.parse(rule.properties).Targets.flatMap(({ Arn }) =>
          uninvokable(whole, Arn, "events.amazonaws.com", rule.identity.attributes.Arn ?? ""),
        ),
      ),
    ...assembly.ofType("AWS::SNS::Subscription").flatMap(({ properties }) => {
      const { Protocol, Endpoint, TopicArn } = properties;
      return Protocol === "lambda"
        ? uninvokable(whole, String(Endpoint), "sns.amazonaws.com", String(TopicArn))
        : unsendable(assembly, String(Endpoint), String(TopicArn));
    }),
    ...assembly.ofType("AWS::Lambda::EventSourceMapping").flatMap(mapping => unreadable(whole, mapping)),
  ];
}

function unanswerable(whole: PermissionsOfAssembly, method: AssemblyResource): readonly string[] {
  const { assembly } = whole;
  const { Integration } = FunctionUri.parse(method.properties);
  if (Integration.Uri === undefined) return [];
  const apiId = String(method.properties.RestApiId);
  const stage = assembly.ofType("AWS::ApiGateway::Stage").find(one => one.properties.RestApiId === apiId);
  // The gateway puts a star in the place of every path parameter, and names the method that was asked.
  const verb = method.properties.HttpMethod === "ANY" ? "GET" : String(method.properties.HttpMethod);
  const path = pathOf(assembly, String(method.properties.ResourceId)).replaceAll(/\{[^}]+\}/g, "*");
  const source = `${executeApiArn(assembly, apiId)}/${stage?.identity.ref}/${verb}${path}`;
  return uninvokable(whole, functionArnIn(Integration.Uri), "apigateway.amazonaws.com", source);
}

function uninvokable(
  { assembly, functions }: PermissionsOfAssembly,
  functionArn: string,
  principal: string,
  sourceArn: string,
): readonly string[] {
  const definition = functions.find(({ arn }) => arn === functionArn);
  if (definition === undefined) return [];
  const granted = assembly.ofType("AWS::Lambda::Permission").some(({ properties }) => {
    const { FunctionName, Principal, SourceArn } = PermissionProperties.parse(properties);
    const itsOwn = FunctionName === definition.arn || FunctionName === definition.name;
    return itsOwn && Principal === principal && (SourceArn === undefined || matchesArn(SourceArn, sourceArn));
  });
  return granted ? [] : [`${principal} may not invoke ${definition.name} for ${sourceArn}`];
}

/** Whether the queue's policy lets the topic send to it. */
function unsendable(assembly: Assembly, queueArn: string, topicArn: string): readonly string[] {
  const queueUrl = assembly.find("AWS::SQS::Queue", queueArn)?.identity.ref ?? "";
  const granted = assembly.ofType("AWS::SQS::QueuePolicy").some(({ properties }) => {
    const { Queues, PolicyDocument } = QueuePolicy.parse(properties);
    return (
      Queues.includes(queueUrl) &&
      PolicyDocument.Statement.some(({ Effect, Principal, Action, Condition = {} }) => {
        const source = Object.values(Condition).flatMap(one => one["aws:SourceArn"] ?? []);
        const bySns = JSON.stringify(Principal) === '{"Service":"sns.amazonaws.com"}';
        return (
          Effect === "Allow" && bySns && Action.includes("sqs:SendMessage") && source.every(arn => arn === topicArn)
        );
      })
    );
  });
  return granted ? [] : [`sns.amazonaws.com may not send to ${queueArn} for ${topicArn}`];
}

/** Whether the function's own role lets Lambda take messages from the queue it is mapped to. */
function unreadable({ functions, policyOf }: PermissionsOfAssembly, mapping: AssemblyResource): readonly string[] {
  const { FunctionName, EventSourceArn } = mapping.properties;
  const definition = functions.find(({ name, arn }) => name === FunctionName || arn === FunctionName);
  if (definition === undefined) return [];
  return ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    .filter(action => {
      const wanted = { action, resource: String(EventSourceArn) };
      return !evaluate(policyOf(definition.roleName), wanted, new Map()).allowed;
    })
    .map(action => `${definition.name} may not ${action} ${EventSourceArn}, which it is mapped to`);
}

function executeApiArn({ place }: Assembly, apiId: string): string {
  return `arn:aws:execute-api:${place.region}:${place.accountId}:${apiId}`;
}

function functionArnIn(uri: string): string {
  return /\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1] ?? uri;
}

function pathOf(assembly: Assembly, resourceId: string): string {
  const resource = assembly.find("AWS::ApiGateway::Resource", resourceId);
  if (resource === undefined) return "/";
  const parent = pathOf(assembly, String(resource.properties.ParentId));
  return `${parent === "/" ? "" : parent}/${resource.properties.PathPart}`;
}
