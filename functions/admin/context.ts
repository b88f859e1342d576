import type { StoredTenant } from "../../domain/account/tenant.ts";
import type { DeletionQueue } from "../../domain/account/tenant-deletion.ts";
import type { Db } from "../../domain/dynamodb/db.ts";
import type { Finder } from "../api/finder.ts";
import type { GatewayKeys } from "./gateway-keys.ts";

/** What the operator's endpoints work with. */
export interface AdminContext {
  readonly db: Db<"accounts" | "sessions">;
  readonly gatewayKeys: GatewayKeys;
  /** Names this installation in the values of its gateway keys. */
  readonly installation: string;
  readonly tenants: Finder<StoredTenant>;
  readonly deletions: DeletionQueue;
}
