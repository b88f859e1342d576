import * as z from "zod";
import { commandQueueEnvironment, encryptionEnvironment, eventTopicEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfSessions = ["rate_windows", "idempotency", "sessions", "outbox", "events"] as const;

export const SessionsEnvironment = z.object({
  ...tableEnvironment(tablesOfSessions),
  ...commandQueueEnvironment,
  ...eventTopicEnvironment,
  ...encryptionEnvironment,
  /** Set by the local runner alone: a proxy may stand on this machine. */
  ALLOW_LOOPBACK_PROXIES: z.stringbool().default(false),
});
export type SessionsEnvironment = z.input<typeof SessionsEnvironment>;
