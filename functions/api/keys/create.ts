import { storeApiKey } from "../../../domain/account/api-key-store.ts";
import { newApiKey } from "../../../domain/account/new-api-key.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import { created } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { keyRoutes } from "./routes.ts";

export const createApiKey = (db: Db<"accounts">) =>
  endpoint(keyRoutes.createApiKey, async ({ caller: { tenantId }, body = {}, newId, nowMs, resumed }) => {
    const { stored, key } = newApiKey({ id: newId("key"), tenantId }, body, nowMs);
    // The text of a key that an earlier run stored is known to nobody: this one takes its place.
    await storeApiKey(db, stored, resumed);
    return created({ ...stored, key });
  });
