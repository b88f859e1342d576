import * as z from "zod";
import { erasedTables } from "../../domain/account/tenant-deletion.ts";
import { mediaBucketEnvironment } from "../../domain/environment.ts";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfTenantDeleter = ["accounts", ...erasedTables] as const;

export const TenantDeleterEnvironment = z.object({
  ...tableEnvironment(tablesOfTenantDeleter),
  ...mediaBucketEnvironment,
  TENANT_DELETION_QUEUE_URL: z.url(),
});
export type TenantDeleterEnvironment = z.input<typeof TenantDeleterEnvironment>;
