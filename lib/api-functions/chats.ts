import type { Construct } from "constructs";
import { ChatsEnvironment, tablesOfChats } from "../../functions/api/chats/environment.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting } from "./backing.ts";

/** /api/chats. */
export function chatsFunction(scope: Construct, { data: { tables } }: Backing) {
  const chats = new NodeFunction(scope, "Chats", {
    folder: "api/chats",
    schema: ChatsEnvironment,
    environment: tableVariables(tables, tablesOfChats),
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot list their chats",
  });
  grantTables(chats, tables, tablesOfChats, {
    rate_windows: counting,
    sessions: { items: ["GetItem"] },
    chats: { items: ["BatchGetItem"], indexes: ["byActivity"] },
    messages: { items: ["BatchGetItem"] },
  });
  return chats;
}
