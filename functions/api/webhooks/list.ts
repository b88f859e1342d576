import type { Db } from "../../../domain/dynamodb/db.ts";
import { listWebhooks as list } from "../../../domain/webhook/store.ts";
import { publicWebhook } from "../../../domain/webhook/webhook.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { WebhookRoutes } from "./routes.ts";

export const listWebhooks = (routes: WebhookRoutes, db: Db<"webhooks">) =>
  endpoint(routes.listWebhooks, async ({ caller, query, cursors }) => {
    const { data, nextCursor } = await list(db, caller.tenantId, { ...query, cursors });
    return ok({ data: data.map(publicWebhook), nextCursor });
  });
