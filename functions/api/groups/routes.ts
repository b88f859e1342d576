import * as z from "zod";
import { Group } from "../../../domain/group/group.ts";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import { pageOf, route } from "../route.ts";

const groupId = z
  .string()
  .max(64)
  .meta({ description: "The group's JID.", examples: ["120363000000000001@g.us"] });

export const groupRoutes = {
  listGroups: route({
    method: "GET",
    path: "/api/groups",
    resource: "groups",
    operationId: "listGroups",
    summary: "A session's groups as last seen; where they are large a page holds fewer than its limit",
    ids: [{ kind: "session", at: ["query.sessionId"] }],
    query: z.strictObject({ ...PageQuery.shape, sessionId: idOf("ses") }),
    answers: { 200: pageOf(Group) },
  }),
  getGroup: route({
    method: "GET",
    path: "/api/groups/:groupId",
    resource: "groups",
    operationId: "getGroup",
    summary: "One group as last seen, with everybody in it",
    ids: [{ kind: "group", at: ["query.sessionId", "params.groupId"] }],
    params: z.strictObject({ groupId }),
    query: z.strictObject({ sessionId: idOf("ses") }),
    answers: { 200: Group },
  }),
};
