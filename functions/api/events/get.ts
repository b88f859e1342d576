import type { WasaasEvent } from "../../../domain/event/event.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { eventRoutes } from "./routes.ts";

export const getEvent = (events: Finder<WasaasEvent>) =>
  endpoint(eventRoutes.getEvent, async call => ok(events.of(call)));
