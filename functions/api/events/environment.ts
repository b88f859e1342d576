import * as z from "zod";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfEvents = ["rate_windows", "sessions", "events"] as const;

export const EventsEnvironment = z.object({
  ...tableEnvironment(tablesOfEvents),
});
export type EventsEnvironment = z.input<typeof EventsEnvironment>;
