import * as z from "zod";
import type { Assembly } from "../assembly/assembly.ts";
import type { Headers } from "./http-message.ts";

/** What CloudFront sets on and takes from an answer on its way out. */
export interface HeaderPolicy {
  readonly set: readonly { readonly name: string; readonly value: string; readonly override: boolean }[];
  readonly remove: readonly string[];
}

const Override = z.coerce.boolean().default(false);
const PolicyProperties = z.object({
  ResponseHeadersPolicyConfig: z.object({
    CustomHeadersConfig: z
      .object({ Items: z.array(z.object({ Header: z.string(), Value: z.string(), Override })) })
      .optional(),
    RemoveHeadersConfig: z.object({ Items: z.array(z.object({ Header: z.string() })) }).optional(),
    SecurityHeadersConfig: z
      .object({
        ContentSecurityPolicy: z.object({ ContentSecurityPolicy: z.string(), Override }).optional(),
        ContentTypeOptions: z.object({ Override }).optional(),
        FrameOptions: z.object({ FrameOption: z.string(), Override }).optional(),
        ReferrerPolicy: z.object({ ReferrerPolicy: z.string(), Override }).optional(),
        StrictTransportSecurity: z
          .object({
            AccessControlMaxAgeSec: z.coerce.number(),
            IncludeSubdomains: z.coerce.boolean().default(false),
            Preload: z.coerce.boolean().default(false),
            Override,
          })
          .optional(),
        XSSProtection: z
          .object({ Protection: z.coerce.boolean(), ModeBlock: z.coerce.boolean().default(false), Override })
          .optional(),
      })
      .optional(),
  }),
});

type SecurityHeaders = NonNullable<
  z.infer<typeof PolicyProperties>["ResponseHeadersPolicyConfig"]["SecurityHeadersConfig"]
>;

// The managed policy "SecurityHeadersPolicy" (CloudFront developer guide, "Use managed response headers policies").
const managedSecurityHeaders: readonly [string, HeaderPolicy] = [
  "67f7725c-6f97-4210-82d7-5512b31e9d03",
  {
    set: [
      { name: "Referrer-Policy", value: "strict-origin-when-cross-origin", override: false },
      { name: "Strict-Transport-Security", value: "max-age=31536000", override: false },
      { name: "X-Content-Type-Options", value: "nosniff", override: true },
      { name: "X-Frame-Options", value: "SAMEORIGIN", override: false },
      { name: "X-XSS-Protection", value: "1; mode=block", override: false },
    ],
    remove: [],
  },
];

/** The response headers policies that a behaviour may name, by their ids. */
export function headerPolicies(assembly: Assembly): ReadonlyMap<string, HeaderPolicy> {
  const own = assembly.ofType("AWS::CloudFront::ResponseHeadersPolicy").map(resource => {
    const { ResponseHeadersPolicyConfig: config } = PolicyProperties.parse(resource.properties);
    const custom = (config.CustomHeadersConfig?.Items ?? []).map(item => ({
      name: item.Header,
      value: item.Value,
      override: item.Override,
    }));
    const policy: HeaderPolicy = {
      set: [...securityHeaders(config.SecurityHeadersConfig ?? {}), ...custom],
      remove: (config.RemoveHeadersConfig?.Items ?? []).map(item => item.Header),
    };
    return [resource.identity.ref, policy] as const;
  });
  return new Map([managedSecurityHeaders, ...own]);
}

function securityHeaders(config: SecurityHeaders): HeaderPolicy["set"] {
  const csp = config.ContentSecurityPolicy;
  const frame = config.FrameOptions;
  const referrer = config.ReferrerPolicy;
  const transport = config.StrictTransportSecurity;
  const xss = config.XSSProtection;
  const set = (name: string, value: string, { Override: override }: { Override: boolean }) => ({
    name,
    value,
    override,
  });
  return [
    ...(csp ? [set("Content-Security-Policy", csp.ContentSecurityPolicy, csp)] : []),
    ...(config.ContentTypeOptions ? [set("X-Content-Type-Options", "nosniff", config.ContentTypeOptions)] : []),
    ...(frame ? [set("X-Frame-Options", frame.FrameOption, frame)] : []),
    ...(referrer ? [set("Referrer-Policy", referrer.ReferrerPolicy, referrer)] : []),
    ...(transport ? [set("Strict-Transport-Security", transportValue(transport), transport)] : []),
    ...(xss ? [set("X-XSS-Protection", xss.Protection ? `1${xss.ModeBlock ? "; mode=block" : ""}` : "0", xss)] : []),
  ];
}

function transportValue(transport: NonNullable<SecurityHeaders["StrictTransportSecurity"]>): string {
  const subdomains = transport.IncludeSubdomains ? "; includeSubDomains" : "";
  return `max-age=${transport.AccessControlMaxAgeSec}${subdomains}${transport.Preload ? "; preload" : ""}`;
}

export function applyHeaderPolicy(policy: HeaderPolicy | undefined, headers: Headers): Headers {
  if (policy === undefined) return headers;
  const removed = new Set(policy.remove.map(name => name.toLowerCase()));
  const present = new Set(headers.map(([name]) => name.toLowerCase()));
  const setting = policy.set.filter(({ name, override }) => override || !present.has(name.toLowerCase()));
  const replaced = new Set(setting.map(({ name }) => name.toLowerCase()));
  return [
    ...headers.filter(([name]) => !removed.has(name.toLowerCase()) && !replaced.has(name.toLowerCase())),
    ...setting.map(({ name, value }): [string, string] => [name, value]),
  ];
}
