import type { Construct } from "constructs";
import { KeysEnvironment, tablesOfKeys } from "../../functions/api/keys/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting, keepingAnswers } from "./backing.ts";

/** /api/keys. */
export function keysFunction(scope: Construct, { data: { tables, encryptionKey } }: Backing) {
  const keys = new NodeFunction(scope, "Keys", {
    folder: "api/keys",
    schema: KeysEnvironment,
    environment: { ...tableVariables(tables, tablesOfKeys), ENCRYPTION_KEY_ARN: encryptionKey.keyArn },
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot make or revoke keys of their own",
  });
  grantTables(keys, tables, tablesOfKeys, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    accounts: { items: ["GetItem", "PutItem", "UpdateItem"], indexes: ["byOwner"] },
  });
  grantSealing(keys, encryptionKey, [sealing.keptAnswers]);
  return keys;
}
