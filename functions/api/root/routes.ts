import * as z from "zod";
import { route } from "../route.ts";

const Health = z.object({ status: z.literal("ok"), version: z.string() }).meta({ id: "Health" });

export const rootRoutes = {
  getHealth: route({
    method: "GET",
    path: "/health",
    resource: "root",
    operationId: "getHealth",
    summary: "Whether the API answers, and its version",
    access: "public",
    // Monitors put things of their own behind the question mark.
    query: z.looseObject({}),
    answers: { 200: Health },
  }),
};
