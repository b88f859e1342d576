import { Duration, RemovalPolicy, Stack, Validations } from "aws-cdk-lib";
import * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as iam from "aws-cdk-lib/aws-iam";
import type * as lambda from "aws-cdk-lib/aws-lambda";
import * as logs from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { addGatewayResponses } from "./gateway-responses.ts";
import { ImpactAlarm } from "./impact-alarm.ts";

const stageName = "live";

/** How a path is guarded. */
export type Guard = "api-key" | "iam" | "none";

/**
 * The REST API: its stage, its authorizer and its own answers. Paths are added whole: each goes to one function, which
 * matches methods and routes itself and answers 404 and 405.
 */
export class RestApi extends Construct {
  readonly api: apigateway.RestApi;
  private readonly authorizer: apigateway.RequestAuthorizer;
  private readonly integrations = new Map<lambda.IFunction, apigateway.Integration>();

  constructor(scope: Construct, id: string, props: { readonly name: string; readonly authorizer: lambda.IFunction }) {
    super(scope, id);
    this.api = new apigateway.RestApi(this, "Api", {
      restApiName: props.name,
      endpointTypes: [apigateway.EndpointType.REGIONAL],
      apiKeySourceType: apigateway.ApiKeySourceType.AUTHORIZER,
      cloudWatchRole: true,
      cloudWatchRoleRemovalPolicy: RemovalPolicy.RETAIN,
      deployOptions: { stageName, ...this.accessLog() },
    });
    // CDK's own output of the same address; the stack has one under a name operators know.
    this.api.node.tryRemoveChild("Endpoint");
    this.authorizer = new apigateway.RequestAuthorizer(this, "ApiKeyAuthorizer", {
      handler: props.authorizer,
      identitySources: [apigateway.IdentitySource.header("Authorization")],
      resultsCacheTtl: Duration.seconds(30),
    });
    addGatewayResponses(this.api);
    new ImpactAlarm(this, "AnsweringErrors", {
      runbook: "api-errors",
      errorImpact: "customers' requests fail",
      because: "the REST API answered with 5xx",
      metric: this.api.metricServerError({ period: Duration.minutes(5), statistic: "sum" }),
      threshold: 5,
    });
    this.explainFindings();
  }

  /** One line a request. Paths and queries stay out of it: chat ids are phone numbers. */
  private accessLog(): Partial<apigateway.StageOptions> {
    const group = new logs.LogGroup(this, "AccessLog", {
      retention: logs.RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const field = apigateway.AccessLogField;
    const line = {
      time: field.contextRequestTimeEpoch(),
      requestId: field.contextRequestId(),
      tenantId: field.contextAuthorizer("tenantId"),
      keyId: field.contextAuthorizer("keyId"),
      method: field.contextHttpMethod(),
      resource: field.contextResourcePath(),
      status: field.contextStatus(),
      latencyMs: field.contextResponseLatency(),
      responseBytes: field.contextResponseLength(),
      answeredBy: field.contextErrorResponseType(),
      integrationError: field.contextIntegrationErrorMessage(),
    };
    return {
      accessLogDestination: new apigateway.LogGroupLogDestination(group),
      accessLogFormat: apigateway.AccessLogFormat.custom(JSON.stringify(line)),
    };
  }

  /** Each resource's function answers for its path, under /api and under its alias /api/v1. */
  routeResources(resources: Readonly<Record<string, { readonly lambda: lambda.IFunction }>>): void {
    for (const [resource, { lambda }] of Object.entries(resources)) {
      for (const base of ["api", "api/v1"]) this.route(`${base}/${resource}`, lambda, "api-key");
    }
  }

  /**
   * What is no resource goes to one function, which answers 404 in the API's own words. Every level needs it: the
   * gateway refuses a path that it knows but has no method for before it looks for a wider one.
   */
  routeTheRest(root: { readonly lambda: lambda.IFunction }): void {
    for (const open of ["health", "openapi.json"]) this.routeExactly(open, root.lambda, "none");
    this.route("docs", root.lambda, "none");
    for (const base of ["", "api", "api/v1"]) this.route(base, root.lambda, "api-key");
  }

  /** What the paths of the operator's signed requests, `/admin/tenants`, are appended to: not the edge. */
  get adminUrl(): string {
    const { region, urlSuffix } = Stack.of(this);
    return `https://${this.api.restApiId}.execute-api.${region}.${urlSuffix}/${stageName}`;
  }

  /** Sends a path and everything below it, whatever the method, to one function. */
  route(path: string, handler: lambda.IFunction, guard: Guard): void {
    const resource = path === "" ? this.api.root : this.api.root.resourceForPath(path);
    for (const target of [resource, resource.addResource("{proxy+}")]) this.answer(target, handler, guard);
  }

  /** Sends one path alone, whatever the method, to one function. */
  routeExactly(path: string, handler: lambda.IFunction, guard: Guard): void {
    this.answer(this.api.root.resourceForPath(path), handler, guard);
  }

  private answer(resource: apigateway.IResource, handler: lambda.IFunction, guard: Guard): void {
    const integration = this.integrationOf(handler);
    resource.addMethod("ANY", integration, this.methodOptions(guard));
    // A browser sends no key with its preflight request.
    if (guard === "api-key") resource.addMethod("OPTIONS", integration, this.methodOptions("none"));
  }

  private methodOptions(guard: Guard): apigateway.MethodOptions {
    switch (guard) {
      case "api-key":
        return {
          authorizer: this.authorizer,
          authorizationType: apigateway.AuthorizationType.CUSTOM,
          apiKeyRequired: true,
        };
      case "iam":
        return { authorizationType: apigateway.AuthorizationType.IAM };
      case "none":
        return { authorizationType: apigateway.AuthorizationType.NONE };
      default:
        return guard satisfies never;
    }
  }

  /** One permission a function for the whole stage: CDK's own integration adds up to two a method. */
  private integrationOf(handler: lambda.IFunction): apigateway.Integration {
    const known = this.integrations.get(handler);
    if (known !== undefined) return known;
    handler.addPermission("AnswerRestApi", {
      principal: new iam.ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: this.api.arnForExecuteApi("*", "/*", stageName),
    });
    const made = new apigateway.AwsIntegration({
      proxy: true,
      service: "lambda",
      path: `2015-03-31/functions/${handler.functionArn}/invocations`,
    });
    this.integrations.set(handler, made);
    return made;
  }

  private explainFindings(): void {
    Validations.of(this).acknowledge(
      {
        id: "AwsSolutions-APIG2",
        reason:
          "The functions validate by the same zod schemas that make the OpenAPI document; a second validator would only answer differently.",
      },
      {
        id: "AwsSolutions-APIG3",
        reason:
          "Every path demands a key and counts its requests; a web application firewall bills each request again. An operator may attach one.",
      },
      {
        id: "AwsSolutions-APIG4",
        reason:
          "Open on purpose: /health, the documentation, and preflight requests, with which a browser sends no key.",
      },
      {
        id: "AwsSolutions-APIG6",
        reason:
          "Execution logs hold whole paths, and chat ids in them are phone numbers; the access log tells every failure without them.",
      },
      {
        id: "AwsSolutions-COG4",
        reason: "Customers are programs with API keys, which the authorizer knows; Cognito knows people.",
      },
      {
        id: "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        reason:
          "The account-wide role that API Gateway writes access logs with; AWS keeps the policy for exactly that.",
      },
    );
  }
}
