import type { Db } from "../../domain/dynamodb/db.ts";
import type { Id } from "../../domain/id.ts";
import type { DataKeys } from "../../domain/secret/envelope.ts";

export interface SessionName {
  readonly tenantId: Id<"ten">;
  readonly id: Id<"ses">;
}

/** Another owner has written a key of this session, or may: nothing may be written, sent or tried again under this ownership. */
export class OwnershipLost extends Error {
  override readonly name = "OwnershipLost";
  readonly code = "ownership_lost";
}

export interface SessionKeysOptions {
  readonly db: Db<"keys">;
  readonly dataKeys: DataKeys;
  readonly session: SessionName;
  /** The epoch of the lease under which this process owns the session. */
  readonly epoch: number;
}

export interface SessionKeys {
  readonly session: SessionName;
}

export declare function openSessionKeys(options: SessionKeysOptions): Promise<SessionKeys>;
export declare function eraseSessionKeys(db: Db<"keys">, session: SessionName): Promise<void>;
