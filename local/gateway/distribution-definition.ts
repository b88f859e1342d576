import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { AssemblyError } from "../assembly/assembly-error.ts";
import { type HeaderPolicy, headerPolicies } from "./header-policy.ts";

const Behaviour = z.object({
  AllowedMethods: z.array(z.string()).default(["GET", "HEAD"]),
  OriginRequestPolicyId: z.string().optional(),
  PathPattern: z.string().default("*"),
  ResponseHeadersPolicyId: z.string().optional(),
  TargetOriginId: z.string(),
});

const DistributionProperties = z.object({
  DistributionConfig: z.object({
    CacheBehaviors: z.array(Behaviour).default([]),
    CustomErrorResponses: z
      .array(
        z.object({
          ErrorCode: z.coerce.number(),
          ResponseCode: z.coerce.number().optional(),
          ResponsePagePath: z.string().optional(),
        }),
      )
      .default([]),
    DefaultCacheBehavior: Behaviour,
    DefaultRootObject: z.string().optional(),
    Origins: z.array(
      z.object({
        DomainName: z.string(),
        Id: z.string(),
        OriginCustomHeaders: z.array(z.object({ HeaderName: z.string(), HeaderValue: z.string() })).default([]),
        OriginPath: z.string().default(""),
      }),
    ),
  }),
});

export type Origin = {
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
} & ({ readonly type: "api"; readonly apiId: string } | { readonly type: "bucket"; readonly bucket: string });

export interface EdgeBehaviour {
  /** `*` and `?` as wildcards, as CloudFront reads them. */
  readonly pathPattern: string;
  readonly methods: readonly string[];
  readonly origin: Origin;
  readonly headerPolicy: HeaderPolicy | undefined;
}

interface ErrorPage {
  readonly forStatus: number;
  readonly status: number;
  readonly path: string | undefined;
}

export interface DistributionDefinition {
  /** In the order in which they are tried; the last one takes everything. */
  readonly behaviours: readonly EdgeBehaviour[];
  readonly rootObject: string | undefined;
  readonly errorPages: readonly ErrorPage[];
  /** What would not work on AWS as it does here. */
  readonly warnings: readonly string[];
}

// CloudFront's managed origin request policies that hand on the viewer's headers and query. Without one of them an API
// would see neither Authorization nor a query (CloudFront developer guide, "Use managed origin request policies").
const policiesThatForward = new Set([
  "216adef6-5c7f-47e4-b989-5492eafa07d3",
  "b689b0a8-53d0-40ab-baf2-68738e2966ac",
  "33f36d7e-f396-46d9-90e0-52428a34d9dc",
]);

/** The one distribution of the assembly; undefined where there is none. */
export function distributionDefinition(assembly: Assembly): DistributionDefinition | undefined {
  const [resource, ...others] = assembly.ofType("AWS::CloudFront::Distribution");
  if (resource === undefined) return undefined;
  if (others.length > 0) throw new AssemblyError("more than one CloudFront distribution cannot run here");
  const { DistributionConfig: config } = DistributionProperties.parse(resource.properties);
  const origins = new Map(config.Origins.map(origin => [origin.Id, originOf(assembly, resource, origin)]));
  const policies = headerPolicies(assembly);
  const warnings: string[] = [];
  const behaviour = (parsed: z.infer<typeof Behaviour>): EdgeBehaviour => {
    const origin = origins.get(parsed.TargetOriginId);
    if (origin === undefined) throw new AssemblyError(`no origin ${parsed.TargetOriginId} in the distribution`);
    if (origin.type === "api" && !policiesThatForward.has(parsed.OriginRequestPolicyId ?? "")) {
      warnings.push(`on AWS the behaviour ${parsed.PathPattern} would hand no headers and no query to the API`);
    }
    const headerPolicy = policies.get(parsed.ResponseHeadersPolicyId ?? "");
    if (parsed.ResponseHeadersPolicyId !== undefined && headerPolicy === undefined) {
      warnings.push(`the response headers policy of ${parsed.PathPattern} is not known here`);
    }
    return { pathPattern: parsed.PathPattern, methods: parsed.AllowedMethods, origin, headerPolicy };
  };
  return {
    behaviours: [...config.CacheBehaviors.map(behaviour), behaviour(config.DefaultCacheBehavior)],
    rootObject: config.DefaultRootObject,
    errorPages: config.CustomErrorResponses.map(page => ({
      forStatus: page.ErrorCode,
      status: page.ResponseCode ?? page.ErrorCode,
      path: page.ResponsePagePath,
    })),
    warnings,
  };
}

function originOf(
  assembly: Assembly,
  resource: AssemblyResource,
  origin: z.infer<typeof DistributionProperties>["DistributionConfig"]["Origins"][number],
): Origin {
  const headers = origin.OriginCustomHeaders.map(({ HeaderName, HeaderValue }) => [HeaderName, HeaderValue] as const);
  const bucket = assembly
    .ofType("AWS::S3::Bucket")
    .find(({ identity }) => origin.DomainName === identity.attributes.RegionalDomainName);
  if (bucket !== undefined) return { type: "bucket", bucket: bucket.identity.ref, path: origin.OriginPath, headers };
  const apiId = /^([a-z0-9]+)\.execute-api\./.exec(origin.DomainName)?.[1];
  if (apiId !== undefined) return { type: "api", apiId, path: origin.OriginPath, headers };
  throw new AssemblyError(
    `${resource.stack}/${resource.logicalId} has an origin that is not here: ${origin.DomainName}`,
  );
}
