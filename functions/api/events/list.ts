import type { Db } from "../../../domain/dynamodb/db.ts";
import { listEvents as readLog } from "../../../domain/event/listing.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { eventRoutes } from "./routes.ts";

export const listEvents = (db: Db<"events">) =>
  endpoint(eventRoutes.listEvents, async ({ caller, query, cursors, nowMs }) =>
    ok(await readLog(db, caller.tenantId, { ...query, cursors, nowMs })),
  );
