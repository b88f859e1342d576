import { onlyOnAws, type SupportTable } from "./resource-support.ts";

export const apiSupport: SupportTable = {
  "AWS::ApiGateway::RestApi": {
    honoured: ["ApiKeySourceType", "BinaryMediaTypes"],
    withoutEffect: [
      "Name",
      "Description",
      "DisableExecuteApiEndpoint",
      "EndpointConfiguration",
      "EndpointAccessMode",
      "SecurityPolicy",
      "Tags",
    ],
  },
  "AWS::ApiGateway::Resource": { honoured: ["ParentId", "PathPart", "RestApiId"], withoutEffect: [] },
  "AWS::ApiGateway::Method": {
    honoured: [
      "ApiKeyRequired",
      "AuthorizationType",
      "AuthorizerId",
      "HttpMethod",
      "Integration.Type",
      "Integration.Uri",
      "Integration.TimeoutInMillis",
      "Integration.RequestTemplates",
      "Integration.IntegrationResponses.StatusCode",
      "Integration.IntegrationResponses.ResponseParameters",
      "Integration.IntegrationResponses.ResponseTemplates",
      "ResourceId",
      "RestApiId",
    ],
    // The integration's HTTP method is always POST to Lambda; declared responses only document what a method answers.
    withoutEffect: [
      "Integration.IntegrationHttpMethod",
      "Integration.PassthroughBehavior",
      "Integration.ContentHandling",
      "Integration.ResponseTransferMode",
      "MethodResponses",
      "OperationName",
    ],
  },
  "AWS::ApiGateway::Authorizer": {
    honoured: ["AuthorizerResultTtlInSeconds", "AuthorizerUri", "IdentitySource", "RestApiId", "Type"],
    withoutEffect: ["Name"],
  },
  "AWS::ApiGateway::GatewayResponse": {
    honoured: ["ResponseType", "ResponseParameters", "ResponseTemplates", "StatusCode", "RestApiId"],
    withoutEffect: [],
  },
  "AWS::ApiGateway::Deployment": onlyOnAws,
  "AWS::ApiGateway::Stage": {
    honoured: ["RestApiId", "StageName", "Variables"],
    withoutEffect: ["DeploymentId", "Description", "AccessLogSetting", "MethodSettings", "TracingEnabled", "Tags"],
  },
  "AWS::ApiGateway::UsagePlan": {
    honoured: ["ApiStages.ApiId", "ApiStages.Stage", "Throttle", "UsagePlanName"],
    withoutEffect: ["ApiStages.Throttle", "Description", "Tags"],
  },
  "AWS::ApiGateway::Account": onlyOnAws,
  "AWS::CloudFront::OriginAccessControl": onlyOnAws,
  "AWS::CloudFront::CachePolicy": onlyOnAws,
  "AWS::CloudFront::OriginRequestPolicy": onlyOnAws,
  "AWS::CloudFront::ResponseHeadersPolicy": {
    honoured: [
      "ResponseHeadersPolicyConfig.SecurityHeadersConfig",
      "ResponseHeadersPolicyConfig.CustomHeadersConfig",
      "ResponseHeadersPolicyConfig.RemoveHeadersConfig",
    ],
    withoutEffect: ["ResponseHeadersPolicyConfig.Name", "ResponseHeadersPolicyConfig.Comment"],
  },
  "AWS::CloudFront::Distribution": {
    honoured: behaviours("DistributionConfig.CacheBehaviors", [
      "PathPattern",
      "TargetOriginId",
      "AllowedMethods",
      "ResponseHeadersPolicyId",
    ])
      .concat(
        behaviours("DistributionConfig.DefaultCacheBehavior", [
          "TargetOriginId",
          "AllowedMethods",
          "ResponseHeadersPolicyId",
        ]),
      )
      .concat([
        "DistributionConfig.CustomErrorResponses",
        "DistributionConfig.DefaultRootObject",
        "DistributionConfig.Origins.DomainName",
        "DistributionConfig.Origins.Id",
        "DistributionConfig.Origins.OriginCustomHeaders",
        "DistributionConfig.Origins.OriginPath",
      ]),
    // Nothing is cached, compressed or encrypted on the way from loopback to loopback.
    withoutEffect: behaviours("DistributionConfig.CacheBehaviors", edgeOnly())
      .concat(behaviours("DistributionConfig.DefaultCacheBehavior", edgeOnly()))
      .concat(
        [
          "Aliases",
          "Comment",
          "Enabled",
          "HttpVersion",
          "IPV6Enabled",
          "Logging",
          "PriceClass",
          "ViewerCertificate",
        ].map(name => `DistributionConfig.${name}`),
      )
      .concat(
        [
          "ConnectionAttempts",
          "ConnectionTimeout",
          "CustomOriginConfig",
          "OriginAccessControlId",
          "S3OriginConfig",
        ].map(name => `DistributionConfig.Origins.${name}`),
      )
      .concat(["Tags"]),
  },
};

function behaviours(prefix: string, names: readonly string[]): string[] {
  return names.map(name => `${prefix}.${name}`);
}

function edgeOnly(): readonly string[] {
  return ["CachePolicyId", "CachedMethods", "Compress", "OriginRequestPolicyId", "ViewerProtocolPolicy"];
}
