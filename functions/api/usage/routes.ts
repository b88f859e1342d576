import { Usage } from "../../../domain/usage/usage.ts";
import { route } from "../route.ts";

export const usageRoutes = {
  getUsage: route({
    method: "GET",
    path: "/api/usage",
    resource: "usage",
    operationId: "getUsage",
    summary: "What the tenant may use, and what it has used this UTC month",
    answers: { 200: Usage },
  }),
};
