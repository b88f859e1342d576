import type { Construct } from "constructs";
import { EventsEnvironment, tablesOfEvents } from "../../functions/api/events/environment.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { apiTimeoutSeconds, type Backing, counting } from "./backing.ts";

/** /api/events. */
export function eventsFunction(scope: Construct, { data: { tables } }: Backing) {
  const events = new NodeFunction(scope, "Events", {
    folder: "api/events",
    schema: EventsEnvironment,
    environment: tableVariables(tables, tablesOfEvents),
    timeoutSeconds: apiTimeoutSeconds,
    errorImpact: "customers cannot read the event log to catch up",
  });
  grantTables(events, tables, tablesOfEvents, {
    rate_windows: counting,
    sessions: { items: ["GetItem"] },
    events: { items: ["Query"], indexes: ["byId"] },
  });
  return events;
}
