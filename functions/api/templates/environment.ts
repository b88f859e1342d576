import * as z from "zod";
import { encryptionEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfTemplates = ["rate_windows", "idempotency", "templates", "media"] as const;

export const TemplatesEnvironment = z.object({
  ...tableEnvironment(tablesOfTemplates),
  ...encryptionEnvironment,
  /** Set by the local runner alone: files on this machine may be sent. */
  ALLOW_LOOPBACK_MEDIA: z.stringbool().default(false),
});
export type TemplatesEnvironment = z.input<typeof TemplatesEnvironment>;
