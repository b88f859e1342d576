import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { AssemblyError } from "../assembly/assembly-error.ts";
import { type ResourceNode, resourceTree } from "./resource-tree.ts";

const TextMap = z.record(z.string(), z.string()).default({});
// What of the template language (VTL) would come out as it stands: only $context variables are filled in here.
const directives = /#\{?(set|if|elseif|else|end|foreach|stop|define|macro)\b|\$!?\{?(input|util|stageVariables)\b/;
const Template = z.string().refine(text => !directives.test(text), "only $context variables are understood here");
const Templates = z.record(z.string(), Template).default({});

const MethodProperties = z.object({
  ApiKeyRequired: z.coerce.boolean().default(false),
  AuthorizationType: z.enum(["NONE", "CUSTOM", "AWS_IAM"]).default("NONE"),
  AuthorizerId: z.string().optional(),
  HttpMethod: z.string(),
  ResourceId: z.string(),
  Integration: z.object({
    Type: z.enum(["AWS_PROXY", "MOCK"]),
    Uri: z.string().optional(),
    TimeoutInMillis: z.coerce.number().default(29_000),
    RequestTemplates: TextMap,
    IntegrationResponses: z
      .array(z.object({ StatusCode: z.coerce.number(), ResponseParameters: TextMap, ResponseTemplates: Templates }))
      .default([]),
  }),
});

const AuthorizerProperties = z.object({
  AuthorizerResultTtlInSeconds: z.coerce.number().default(300),
  AuthorizerUri: z.string(),
  IdentitySource: z.string().default(""),
  Type: z.literal("REQUEST"),
});

const GatewayResponseProperties = z.object({
  ResponseType: z.string(),
  ResponseParameters: TextMap,
  ResponseTemplates: Templates,
  StatusCode: z.coerce.number().optional(),
});

const ApiProperties = z.object({
  ApiKeySourceType: z.enum(["HEADER", "AUTHORIZER"]).default("HEADER"),
  BinaryMediaTypes: z.array(z.string()).default([]),
});

export interface AuthorizerDefinition {
  readonly id: string;
  readonly functionArn: string;
  readonly identitySources: readonly string[];
  /** 0 turns the cache off. */
  readonly resultTtlMs: number;
}

export interface MethodDefinition {
  readonly apiKeyRequired: boolean;
  readonly authorization:
    | { readonly type: "none" }
    | { readonly type: "iam" }
    | { readonly type: "custom"; readonly authorizer: AuthorizerDefinition };
  readonly integration:
    | { readonly type: "function"; readonly functionArn: string; readonly timeoutMs: number }
    | { readonly type: "mock"; readonly answer: MockAnswer };
}

export interface MockAnswer {
  readonly status: number;
  readonly responseParameters: Readonly<Record<string, string>>;
  readonly responseTemplates: Readonly<Record<string, string>>;
}

export interface GatewayResponseDefinition {
  readonly parameters: Readonly<Record<string, string>>;
  readonly templates: Readonly<Record<string, string>>;
  readonly status: number | undefined;
}

export interface RestApiDefinition {
  readonly id: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly keySource: "HEADER" | "AUTHORIZER";
  readonly binaryMediaTypes: readonly string[];
  readonly root: ResourceNode<MethodDefinition>;
  readonly responses: ReadonlyMap<string, GatewayResponseDefinition>;
}

/** The REST APIs of the assembly, each with its one stage. */
export function restApiDefinitions(assembly: Assembly): readonly RestApiDefinition[] {
  return assembly.ofType("AWS::ApiGateway::RestApi").map(api => {
    const id = api.identity.ref;
    const own = (type: string): readonly AssemblyResource[] =>
      assembly.ofType(type).filter(({ properties }) => properties.RestApiId === id);
    const [stage, ...otherStages] = own("AWS::ApiGateway::Stage");
    if (stage === undefined || otherStages.length > 0) {
      throw new AssemblyError(`${api.stack}/${api.logicalId} must have exactly one stage to run here`);
    }
    const { ApiKeySourceType, BinaryMediaTypes } = ApiProperties.parse(api.properties);
    return {
      id,
      stage: stage.identity.ref,
      stageVariables: TextMap.parse(stage.properties.Variables),
      keySource: ApiKeySourceType,
      binaryMediaTypes: BinaryMediaTypes,
      root: treeOf(api, own),
      responses: new Map(own("AWS::ApiGateway::GatewayResponse").map(responseOf)),
    };
  });
}

function treeOf(
  api: AssemblyResource,
  own: (type: string) => readonly AssemblyResource[],
): ResourceNode<MethodDefinition> {
  const authorizers = new Map(own("AWS::ApiGateway::Authorizer").map(one => [one.identity.ref, authorizerOf(one)]));
  const methods = own("AWS::ApiGateway::Method").map(resource => {
    const parsed = MethodProperties.safeParse(resource.properties);
    if (parsed.success) return { ...parsed.data, definition: methodOf(resource, parsed.data, authorizers) };
    const reason = z.prettifyError(parsed.error);
    throw new AssemblyError(`method ${resource.stack}/${resource.logicalId} cannot run here: ${reason}`);
  });
  const resources = own("AWS::ApiGateway::Resource").map(({ identity, properties }) => ({
    id: identity.ref,
    parentId: String(properties.ParentId),
    pathPart: String(properties.PathPart),
  }));
  const methodsOf = (resourceId: string): ReadonlyMap<string, MethodDefinition> =>
    new Map(
      methods
        .filter(({ ResourceId }) => ResourceId === resourceId)
        .map(({ HttpMethod, definition }) => [HttpMethod, definition]),
    );
  return resourceTree(api.identity.attributes.RootResourceId ?? "", resources, methodsOf);
}

function methodOf(
  resource: AssemblyResource,
  properties: z.infer<typeof MethodProperties>,
  authorizers: ReadonlyMap<string, AuthorizerDefinition>,
): MethodDefinition {
  const label = `${resource.stack}/${resource.logicalId}`;
  const { Integration } = properties;
  return {
    apiKeyRequired: properties.ApiKeyRequired,
    authorization: authorizationOf(label, properties, authorizers),
    integration:
      Integration.Type === "MOCK"
        ? { type: "mock", answer: mockAnswerOf(Integration.IntegrationResponses[0]) }
        : {
            type: "function",
            functionArn: functionArnIn(Integration.Uri ?? "", label),
            timeoutMs: Integration.TimeoutInMillis,
          },
  };
}

function authorizationOf(
  label: string,
  { AuthorizationType, AuthorizerId }: z.infer<typeof MethodProperties>,
  authorizers: ReadonlyMap<string, AuthorizerDefinition>,
): MethodDefinition["authorization"] {
  if (AuthorizationType === "NONE") return { type: "none" };
  if (AuthorizationType === "AWS_IAM") return { type: "iam" };
  const authorizer = authorizers.get(AuthorizerId ?? "");
  if (authorizer === undefined) throw new AssemblyError(`method ${label} names no authorizer of its API`);
  return { type: "custom", authorizer };
}

// A MOCK without integration responses answers 200 with nothing, as the console's "test" shows.
function mockAnswerOf(
  response: z.infer<typeof MethodProperties>["Integration"]["IntegrationResponses"][number] | undefined,
): MockAnswer {
  return {
    status: response?.StatusCode ?? 200,
    responseParameters: response?.ResponseParameters ?? {},
    responseTemplates: response?.ResponseTemplates ?? {},
  };
}

function authorizerOf(resource: AssemblyResource): AuthorizerDefinition {
  const properties = AuthorizerProperties.parse(resource.properties);
  return {
    id: resource.identity.ref,
    functionArn: functionArnIn(properties.AuthorizerUri, `${resource.stack}/${resource.logicalId}`),
    identitySources: properties.IdentitySource.split(",")
      .map(source => source.trim())
      .filter(Boolean),
    resultTtlMs: properties.AuthorizerResultTtlInSeconds * 1000,
  };
}

function responseOf(resource: AssemblyResource): [string, GatewayResponseDefinition] {
  const parsed = GatewayResponseProperties.safeParse(resource.properties);
  if (!parsed.success) {
    const reason = z.prettifyError(parsed.error);
    throw new AssemblyError(`${resource.stack}/${resource.logicalId} cannot be understood: ${reason}`);
  }
  const { ResponseType, ResponseParameters, ResponseTemplates, StatusCode } = parsed.data;
  return [ResponseType, { parameters: ResponseParameters, templates: ResponseTemplates, status: StatusCode }];
}

// arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations
function functionArnIn(uri: string, label: string): string {
  const arn = /\/functions\/(arn:[^/]+)\/invocations$/.exec(uri)?.[1];
  if (arn === undefined) throw new AssemblyError(`${label} does not point at a function: ${uri}`);
  return arn;
}
