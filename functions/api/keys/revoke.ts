import type { StoredApiKey } from "../../../domain/account/api-key.ts";
import { revokeApiKey as revoke } from "../../../domain/account/api-key-store.ts";
import { isoTime } from "../../../domain/clock.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { DomainError } from "../../../domain/error.ts";
import { noContent } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { keyRoutes } from "./routes.ts";

/** A tenant that revoked the key it asks with could lock itself out for good. */
class KeyInUse extends DomainError {
  override readonly name = "KeyInUse";
  constructor() {
    super("invalid_transition", "This is the key that asks: revoke it with another one.");
  }
}

export const revokeApiKey = (db: Db<"accounts">, keys: Finder<StoredApiKey>) =>
  endpoint(keyRoutes.revokeApiKey, async call => {
    const { id } = keys.of(call);
    if (id === call.caller.keyId) throw new KeyInUse();
    await revoke(db, id, isoTime(call.nowMs));
    return noContent();
  });
