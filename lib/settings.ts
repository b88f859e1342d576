import type { Node } from "constructs";
import * as z from "zod";

/**
 * What an operator may set, by `-c name=value` or under `context` in cdk.json. Every value has a default that suits a
 * first installation.
 */
export const Settings = z
  .object({
    /** Starts every name that AWS asks for: two installations in one account and region differ here. */
    installationName: z
      .string()
      .regex(/^[a-z][a-z0-9-]{1,20}$/, "lower-case letters, digits and hyphens, at most 21")
      .default("wasaas"),
    /** The client's name in the list of linked devices of every phone that links a session. A link keeps the name it was made with. */
    deviceName: z.string().trim().min(1).max(40).default("WASaaS"),
    /** Queues that commands are spread over. A session keeps the shard it was made with: raise it, never lower it. */
    shardCount: z.coerce.number().int().min(1).max(256).default(64),
    /** Socket host tasks, at least. Two survive the loss of a zone without a pause longer than a lease. */
    hostsMin: z.coerce.number().int().min(1).default(2),
    /** Socket host tasks, at most: what sessions may cost. */
    hostsMax: z.coerce.number().int().min(1).max(100).default(10),
    /** Sessions that one task holds at most; more tasks are started before all are full. */
    sessionsPerHost: z.coerce.number().int().min(10).default(500),
    /** 0: hosts have public addresses and no inbound rule. More: private subnets behind that many NAT gateways. */
    natGateways: z.coerce.number().int().min(0).max(2).default(0),
    /** Media is deleted after this many days. */
    mediaDays: z.coerce.number().int().min(1).default(90),
    /** Told of every alarm; AWS asks the address to confirm first. */
    alarmEmail: z.email().optional(),
    /** A domain of one's own, with its certificate in us-east-1, as CloudFront demands. */
    domainName: z.string().min(3).optional(),
    certificateArn: z.string().startsWith("arn:").optional(),
  })
  .refine(({ hostsMin, hostsMax }) => hostsMin <= hostsMax, {
    message: "hostsMax is at least hostsMin",
    path: ["hostsMax"],
  })
  .refine(({ domainName, certificateArn }) => (domainName === undefined) === (certificateArn === undefined), {
    message: "domainName and certificateArn go together",
    path: ["domainName"],
  });
export type Settings = z.infer<typeof Settings>;

/** Where CloudWatch keeps an installation's own metrics. */
export function metricsNamespace({ installationName }: Pick<Settings, "installationName">): string {
  return `WASaaS/${installationName}`;
}

/** The context of the app holds a value that its schema refuses. */
export class SettingsInvalid extends Error {
  override readonly name = "SettingsInvalid";
  readonly code = "settings_invalid";
}

/** Reads the settings from the context of the app. Throws SettingsInvalid, naming every fault. */
export function settingsOf(node: Node): Settings {
  const given = Object.keys(Settings.shape).map(name => [name, node.tryGetContext(name) ?? undefined]);
  const parsed = Settings.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(issue => `${issue.path.join(".")}: ${issue.message}`);
  throw new SettingsInvalid(`settings are invalid: ${faults.join("; ")}`);
}
