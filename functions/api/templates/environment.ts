import * as z from "zod";
import { encryptionEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfTemplates = ["rate_windows", "idempotency", "templates"] as const;

export const TemplatesEnvironment = z.object({
  ...tableEnvironment(tablesOfTemplates),
  ...encryptionEnvironment,
});
export type TemplatesEnvironment = z.input<typeof TemplatesEnvironment>;
