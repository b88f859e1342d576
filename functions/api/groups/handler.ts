import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { findGroup } from "../../../domain/group/store.ts";
import { isGroup, Jid } from "../../../domain/jid.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { tableNames } from "../../../domain/tables.ts";
import { serve } from "../endpoint.ts";
import { finder } from "../finder.ts";
import { sessionFinder, sessionNamed } from "../session-finder.ts";
import { GroupsEnvironment, tablesOfGroups } from "./environment.ts";
import { getGroup } from "./get.ts";
import { listGroups } from "./list.ts";
import { groupRoutes } from "./routes.ts";

const environment = parseEnvironment(GroupsEnvironment, process.env);
const db = openDb(tableNames(tablesOfGroups, environment));
const session = sessionFinder(db);
const group = finder(async (tenantId, [sessionId = "", groupId = ""]) => {
  const jid = Jid.safeParse(groupId);
  if (!jid.success || !isGroup(jid.data)) return undefined;
  const owner = await sessionNamed(db, tenantId, sessionId);
  return owner && findGroup(db, owner, jid.data);
});

export const handler = serve({
  routes: groupRoutes,
  endpoints: { listGroups: listGroups(db, session), getGroup: getGroup(group) },
  finders: { session, group },
  now: systemNow,
  log: openLog({ name: "api/groups" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
});
