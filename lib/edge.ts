import { Duration, Validations } from "aws-cdk-lib";
import type * as apigateway from "aws-cdk-lib/aws-apigateway";
import * as acm from "aws-cdk-lib/aws-certificatemanager";
import * as cloudfront from "aws-cdk-lib/aws-cloudfront";
import * as origins from "aws-cdk-lib/aws-cloudfront-origins";
import type * as s3 from "aws-cdk-lib/aws-s3";
import { Construct } from "constructs";
import type { Settings } from "./settings.ts";

export interface EdgeProps {
  readonly api: apigateway.RestApi;
  readonly console: s3.IBucket;
  readonly settings: Pick<Settings, "domainName" | "certificateArn">;
}

/** What goes to the API; everything else is the console. The admin routes are not reached through here. */
const apiPaths = ["/api/*", "/docs*", "/openapi.json", "/health"];

/** The one host that customers and the console's users know. */
export class Edge extends Construct {
  readonly distribution: cloudfront.Distribution;
  /** `https://HOST`, the customers' base URL. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { domainName, certificateArn } = props.settings;
    const toApi = this.toApi(props.api);
    this.distribution = new cloudfront.Distribution(this, "Distribution", {
      comment: "WASaaS: the API and the console",
      defaultRootObject: "index.html",
      defaultBehavior: this.toConsole(props.console),
      additionalBehaviors: Object.fromEntries(apiPaths.map(path => [path, toApi])),
      httpVersion: cloudfront.HttpVersion.HTTP2_AND_3,
      ...(domainName === undefined || certificateArn === undefined
        ? {}
        : {
            domainNames: [domainName],
            minimumProtocolVersion: cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            certificate: acm.Certificate.fromCertificateArn(this, "Certificate", certificateArn),
          }),
    });
    this.url = `https://${domainName ?? this.distribution.distributionDomainName}`;
    this.explainFindings();
  }

  /** Nothing is cached, and a key sent in the clear is refused rather than redirected. */
  private toApi(api: apigateway.RestApi): cloudfront.BehaviorOptions {
    return {
      origin: new origins.RestApiOrigin(api),
      allowedMethods: cloudfront.AllowedMethods.ALLOW_ALL,
      cachePolicy: cloudfront.CachePolicy.CACHING_DISABLED,
      originRequestPolicy: cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.HTTPS_ONLY,
      responseHeadersPolicy: cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
    };
  }

  private toConsole(bucket: s3.IBucket): cloudfront.BehaviorOptions {
    return {
      origin: origins.S3BucketOrigin.withOriginAccessControl(bucket),
      cachePolicy: cloudfront.CachePolicy.CACHING_OPTIMIZED,
      viewerProtocolPolicy: cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
      responseHeadersPolicy: this.consoleHeaders(),
    };
  }

  /** The console loads nothing from elsewhere; QR codes and media are data and blob URLs. */
  private consoleHeaders(): cloudfront.ResponseHeadersPolicy {
    const contentSecurityPolicy = [
      "default-src 'self'",
      "img-src 'self' data: blob: https:",
      "media-src 'self' blob: https:",
      "style-src 'self' 'unsafe-inline'",
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join("; ");
    return new cloudfront.ResponseHeadersPolicy(this, "ConsoleHeaders", {
      securityHeadersBehavior: {
        contentSecurityPolicy: { contentSecurityPolicy, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: cloudfront.HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: cloudfront.HeadersReferrerPolicy.NO_REFERRER, override: true },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(365), includeSubdomains: true, override: true },
      },
    });
  }

  private explainFindings(): void {
    Validations.of(this).acknowledge(
      { id: "AwsSolutions-CFR1", reason: "Customers are wherever WhatsApp is; an operator may restrict countries." },
      {
        id: "AwsSolutions-CFR2",
        reason:
          "Every API path demands a key and counts its requests; a web application firewall bills each request again. An operator may attach one.",
      },
      {
        id: "AwsSolutions-CFR3",
        reason: "The API keeps an access log without paths, which hold phone numbers; the console's files are public.",
      },
      {
        id: "AwsSolutions-CFR4",
        reason:
          "Without a domain of one's own CloudFront's certificate is used, and AWS fixes its oldest TLS version; with one it is 1.2.",
      },
    );
  }
}
