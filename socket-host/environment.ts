import * as z from "zod";
import {
  commandQueueEnvironment,
  encryptionEnvironment,
  eventTopicEnvironment,
  mediaBucketEnvironment,
} from "../domain/environment.ts";
import { metricsEnvironment } from "../domain/metrics/metric.ts";
import { tableEnvironment } from "../domain/tables.ts";
import { versionUrlEnvironment } from "../domain/whatsapp-version/present-version.ts";

export const tablesOfSocketHost = [
  "sessions",
  "messages",
  "chats",
  "contacts",
  "outbox",
  "events",
  "usage",
  "leases",
  "keys",
  "paces",
] as const;

export const SocketHostEnvironment = z.object({
  ...tableEnvironment(tablesOfSocketHost),
  ...commandQueueEnvironment,
  ...eventTopicEnvironment,
  ...encryptionEnvironment,
  ...mediaBucketEnvironment,
  /** Set by the local runner alone: files on this machine may be sent. */
  ALLOW_LOOPBACK_MEDIA: z.stringbool().default(false),
  /** Set by the local runner alone: a session's proxy may stand on this machine. */
  ALLOW_LOOPBACK_PROXIES: z.stringbool().default(false),
  ...versionUrlEnvironment,
  /** The SSM parameter that holds the WhatsApp Web version, read at every connect: `[2,3000,1234567890]`, or `default`. */
  WHATSAPP_VERSION_PARAMETER: z.string().min(1),
  /** At most this many sessions are held by one task; shards beyond it are left to others. */
  SESSIONS_MAX: z.coerce.number().int().min(1).default(500),
  /** The client's name in the phone's list of linked devices. */
  DEVICE_NAME: z.string().min(1).default("WASaaS"),
  HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  LOG_LEVEL: z.enum(["debug", "info", "warn", "error"]).default("info"),
  /** Another server that speaks the protocol, and the root key (base64) its certificates must chain to: never set on AWS. */
  WA_WEBSOCKET_URL: z.url().optional(),
  WA_NOISE_ROOT: z.base64().optional(),
  ...metricsEnvironment,
  /** Given by ECS: where a task learns its own id, and where it asks not to be ended. */
  ECS_CONTAINER_METADATA_URI_V4: z.url().optional(),
  ECS_AGENT_URI: z.url().optional(),
});
/** What the task definition sets; the rest is defaulted, local or given by ECS. */
export type SocketHostEnvironment = Omit<
  z.input<typeof SocketHostEnvironment>,
  | "WA_WEBSOCKET_URL"
  | "WHATSAPP_VERSION_URL"
  | "WA_NOISE_ROOT"
  | "ALLOW_LOOPBACK_MEDIA"
  | "ALLOW_LOOPBACK_PROXIES"
  | "ECS_CONTAINER_METADATA_URI_V4"
  | "ECS_AGENT_URI"
>;
