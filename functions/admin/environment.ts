import * as z from "zod";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfAdmin = ["accounts", "sessions"] as const;

export const AdminEnvironment = z.object({
  ...tableEnvironment(tablesOfAdmin),
  /** Usage plans are found by name, `PREFIX-free` and so on: their ids would make the template depend on itself. */
  USAGE_PLAN_PREFIX: z.string().min(1),
  /** Works off the deletions of tenants. */
  TENANT_DELETION_QUEUE_URL: z.url(),
});
export type AdminEnvironment = z.input<typeof AdminEnvironment>;
