import type { Db } from "../../../domain/dynamodb/db.ts";
import { publicGroup } from "../../../domain/group/group.ts";
import { listGroups as readGroups } from "../../../domain/group/store.ts";
import type { Session } from "../../../domain/session/session.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { groupRoutes } from "./routes.ts";

export const listGroups = (db: Db<"chats">, sessions: Finder<Session>) =>
  endpoint(groupRoutes.listGroups, async call => {
    const page = await readGroups(db, sessions.of(call), { ...call.query, cursors: call.cursors });
    return ok({ ...page, data: page.data.map(group => publicGroup(group)) });
  });
