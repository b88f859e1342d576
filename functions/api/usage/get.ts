import type { Db } from "../../../domain/dynamodb/db.ts";
import { requestsOfMonth } from "../../../domain/rate-limit/store.ts";
import { countSessions } from "../../../domain/session/store.ts";
import { usageOfMonth } from "../../../domain/usage/usage.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { usageRoutes } from "./routes.ts";

export const getUsage = (db: Db<"rate_windows" | "sessions" | "usage">) =>
  endpoint(usageRoutes.getUsage, async ({ caller: { tenantId, plan, rateLimit, sessionsMax }, nowMs }) => {
    const [requests, used, counted] = await Promise.all([
      requestsOfMonth(db, tenantId, nowMs),
      countSessions(db, tenantId),
      usageOfMonth(db, tenantId, nowMs),
    ]);
    return ok({ plan, rateLimit, sessions: { used, limit: sessionsMax }, month: { requests, ...counted } });
  });
