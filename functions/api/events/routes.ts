import * as z from "zod";
import { EventType, WasaasEvent } from "../../../domain/event/event.ts";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import { pageOf, route } from "../route.ts";

export const eventRoutes = {
  listEvents: route({
    method: "GET",
    path: "/api/events",
    resource: "events",
    operationId: "listEvents",
    summary: "The log of the last 30 days, oldest first from the cursor",
    ids: [{ kind: "session", at: ["query.sessionId"] }],
    query: z.strictObject({ ...PageQuery.shape, type: EventType.optional(), sessionId: idOf("ses").optional() }),
    answers: { 200: pageOf(WasaasEvent) },
  }),
  getEvent: route({
    method: "GET",
    path: "/api/events/:eventId",
    resource: "events",
    operationId: "getEvent",
    summary: "One event of the log",
    ids: [{ kind: "event", at: ["params.eventId"] }],
    params: z.strictObject({ eventId: idOf("evt") }),
    answers: { 200: WasaasEvent },
  }),
};
