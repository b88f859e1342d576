import { systemNow } from "../../../domain/clock.ts";
import { openDb } from "../../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../../domain/environment.ts";
import { hadSession } from "../../../domain/event/known-session.ts";
import { findEvent } from "../../../domain/event/listing.ts";
import { idOf } from "../../../domain/id.ts";
import { openLog } from "../../../domain/log.ts";
import { countRequest } from "../../../domain/rate-limit/store.ts";
import { tableNames } from "../../../domain/tables.ts";
import { serve } from "../endpoint.ts";
import { finder } from "../finder.ts";
import { EventsEnvironment, tablesOfEvents } from "./environment.ts";
import { getEvent } from "./get.ts";
import { listEvents } from "./list.ts";
import { eventRoutes } from "./routes.ts";

const environment = parseEnvironment(EventsEnvironment, process.env);
const db = openDb(tableNames(tablesOfEvents, environment));

const finders = {
  session: finder(async (tenantId, [id = ""]) => {
    if (!idOf("ses").safeParse(id).success) return undefined;
    return (await hadSession(db, tenantId, id)) ? id : undefined;
  }),
  event: finder(async (tenantId, [id = ""]) =>
    idOf("evt").safeParse(id).success ? findEvent(db, tenantId, id) : undefined,
  ),
};

export const handler = serve({
  routes: eventRoutes,
  endpoints: { listEvents: listEvents(db), getEvent: getEvent(finders.event) },
  finders,
  now: systemNow,
  log: openLog({ name: "api/events" }),
  countRequest: (tenantId, nowMs) => countRequest(db, tenantId, nowMs),
});
