import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { tableNames } from "../../../domain/tables.ts";
import { serve } from "../endpoint.ts";
import { sessionFinder } from "../session-finder.ts";
import { ChatsEnvironment, tablesOfChats } from "./environment.ts";
import { listChats } from "./list.ts";
import { chatRoutes } from "./routes.ts";

const environment = parseEnvironment(ChatsEnvironment, process.env);
const db = openDb(tableNames(tablesOfChats, environment));
const sessions = sessionFinder(db);

export const handler = serve({
  routes: chatRoutes,
  endpoints: { listChats: listChats(db, sessions) },
  finders: { session: sessions },
  now: systemNow,
  log: openLog({ name: "api/chats" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
});
