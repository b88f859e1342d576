import { arnIn, type Place, stableId, stableUuid } from "./place.ts";

/** What `Ref` and `Fn::GetAtt` answer for one resource. */
export interface Identity {
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface Identifiable {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  /** A property of the resource as text, intrinsics resolved; undefined where the template has none. */
  text(property: string): string | undefined;
}

type Identify = (resource: Identifiable, place: Place) => Identity;

const seed = (resource: Identifiable): string => `${resource.stack}/${resource.logicalId}`;
const generated = (resource: Identifiable): string => `${resource.stack}-${resource.logicalId}`;

const named =
  (property: string, arn: (name: string, place: Place) => string, nameAttribute?: string): Identify =>
  (resource, place) => {
    const name = resource.text(property) ?? generated(resource);
    const attributes = { Arn: arn(name, place) };
    return {
      ref: name,
      attributes: nameAttribute === undefined ? attributes : { ...attributes, [nameAttribute]: name },
    };
  };

const withId =
  (length: number): Identify =>
  resource => ({ ref: stableId(seed(resource), length), attributes: {} });

const table: Identify = (resource, place) => {
  const name = resource.text("TableName") ?? generated(resource);
  const arn = arnIn(place, "dynamodb", `table/${name}`);
  return { ref: name, attributes: { Arn: arn } };
};

const queue: Identify = (resource, place) => {
  const fifo = resource.text("FifoQueue") === "true" ? ".fifo" : "";
  const name = resource.text("QueueName") ?? `${generated(resource)}${fifo}`;
  const url = `${place.awsUrl}/${place.accountId}/${name}`;
  return { ref: url, attributes: { Arn: arnIn(place, "sqs", name), QueueName: name, QueueUrl: url } };
};

const topic: Identify = (resource, place) => {
  const fifo = resource.text("FifoTopic") === "true" ? ".fifo" : "";
  const name = resource.text("TopicName") ?? `${generated(resource)}${fifo}`;
  const arn = arnIn(place, "sns", name);
  return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
};

const bucket: Identify = (resource, place) => {
  const name = resource.text("BucketName") ?? generated(resource).toLowerCase().slice(0, 63);
  const regional = `${name}.s3.${place.region}.amazonaws.com`;
  return {
    ref: name,
    attributes: { Arn: `arn:aws:s3:::${name}`, DomainName: `${name}.s3.amazonaws.com`, RegionalDomainName: regional },
  };
};

const key: Identify = (resource, place) => {
  const id = stableUuid(seed(resource));
  return { ref: id, attributes: { Arn: arnIn(place, "kms", `key/${id}`), KeyId: id } };
};

const role: Identify = (resource, place) => {
  const name = resource.text("RoleName") ?? generated(resource);
  const id = `AROA${stableId(seed(resource), 17).toUpperCase()}`;
  return { ref: name, attributes: { Arn: `arn:aws:iam::${place.accountId}:role/${name}`, RoleId: id } };
};

const managedPolicy: Identify = (resource, place) => {
  const name = resource.text("ManagedPolicyName") ?? generated(resource);
  const arn = `arn:aws:iam::${place.accountId}:policy/${name}`;
  return { ref: arn, attributes: { PolicyArn: arn } };
};

const logGroup: Identify = (resource, place) => {
  const name = resource.text("LogGroupName") ?? generated(resource);
  return { ref: name, attributes: { Arn: arnIn(place, "logs", `log-group:${name}:*`) } };
};

const parameter: Identify = resource => {
  const name = resource.text("Name") ?? generated(resource);
  const attributes = { Type: resource.text("Type") ?? "String", Value: resource.text("Value") ?? "" };
  return { ref: name, attributes };
};

const service: Identify = (resource, place) => {
  const name = resource.text("ServiceName") ?? generated(resource);
  // The cluster may be named by its ARN or by its name; a service's ARN carries the name.
  const cluster = (resource.text("Cluster") ?? "default").replace(/^.*:cluster\//, "");
  const arn = arnIn(place, "ecs", `service/${cluster}/${name}`);
  return { ref: arn, attributes: { Name: name, ServiceArn: arn } };
};

const taskDefinition: Identify = (resource, place) => {
  const arn = arnIn(place, "ecs", `task-definition/${resource.text("Family") ?? generated(resource)}:1`);
  return { ref: arn, attributes: { TaskDefinitionArn: arn } };
};

const restApi: Identify = resource => {
  const id = stableId(seed(resource), 10);
  return { ref: id, attributes: { RestApiId: id, RootResourceId: stableId(`${seed(resource)}/root`, 10) } };
};

const distribution: Identify = (resource, place) => {
  const id = `E${stableId(seed(resource), 13).toUpperCase()}`;
  return { ref: id, attributes: { Id: id, DomainName: place.edgeHost } };
};

const identities: Readonly<Record<string, Identify>> = {
  "AWS::ApiGateway::RestApi": restApi,
  "AWS::ApiGateway::Resource": withId(6),
  "AWS::ApiGateway::Authorizer": withId(6),
  "AWS::ApiGateway::Deployment": withId(6),
  "AWS::ApiGateway::UsagePlan": withId(6),
  "AWS::ApiGateway::Stage": resource => ({ ref: resource.text("StageName") ?? resource.logicalId, attributes: {} }),
  "AWS::CloudFront::Distribution": distribution,
  "AWS::DynamoDB::Table": table,
  "AWS::ECS::Cluster": named("ClusterName", (name, place) => arnIn(place, "ecs", `cluster/${name}`)),
  "AWS::ECS::Service": service,
  "AWS::ECS::TaskDefinition": taskDefinition,
  "AWS::Events::Rule": named("Name", (name, place) => arnIn(place, "events", `rule/${name}`)),
  "AWS::IAM::ManagedPolicy": managedPolicy,
  "AWS::IAM::Role": role,
  "AWS::KMS::Key": key,
  "AWS::KMS::Alias": resource => ({ ref: resource.text("AliasName") ?? resource.logicalId, attributes: {} }),
  "AWS::Lambda::Function": named("FunctionName", (name, place) => arnIn(place, "lambda", `function:${name}`)),
  "AWS::Lambda::EventSourceMapping": resource => ({ ref: stableUuid(seed(resource)), attributes: {} }),
  "AWS::Logs::LogGroup": logGroup,
  "AWS::S3::Bucket": bucket,
  "AWS::SNS::Topic": topic,
  "AWS::SQS::Queue": queue,
  "AWS::SSM::Parameter": parameter,
  "AWS::Scheduler::Schedule": named("Name", (name, place) => arnIn(place, "scheduler", `schedule/default/${name}`)),
};

/** The identity of a resource of a type that runs here; undefined for a type that only exists on AWS. */
export function identify(resource: Identifiable, place: Place): Identity | undefined {
  return identities[resource.type]?.(resource, place);
}
