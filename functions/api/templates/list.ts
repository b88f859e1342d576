import type { Db } from "../../../domain/dynamodb/db.ts";
import { listTemplates as readTemplates } from "../../../domain/template/store.ts";
import { publicTemplate } from "../../../domain/template/template.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { templateRoutes } from "./routes.ts";

export const listTemplates = (db: Db<"templates">) =>
  endpoint(templateRoutes.listTemplates, async ({ caller, query, cursors }) => {
    const page = await readTemplates(db, caller.tenantId, { ...query, cursors });
    return ok({ data: page.data.map(publicTemplate), nextCursor: page.nextCursor });
  });
