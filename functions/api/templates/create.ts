import type { Db } from "../../../domain/dynamodb/db.ts";
import { findTemplate, storeTemplate } from "../../../domain/template/store.ts";
import { newTemplate, publicTemplate } from "../../../domain/template/template.ts";
import { created } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { TemplateRoutes } from "./routes.ts";

export const createTemplate = (routes: TemplateRoutes, db: Db<"templates">) =>
  endpoint(routes.createTemplate, async ({ caller: { tenantId }, body, newId, nowMs, resumed }) => {
    const template = newTemplate({ id: newId("tpl"), tenantId }, body, nowMs);
    const before = resumed ? await findTemplate(db, template) : undefined;
    if (before !== undefined) return created(publicTemplate(before));
    await storeTemplate(db, template);
    return created(publicTemplate(template));
  });
