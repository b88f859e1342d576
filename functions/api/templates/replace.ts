import type { Db } from "../../../domain/dynamodb/db.ts";
import { NotFound } from "../../../domain/error.ts";
import { replaceTemplate as replace } from "../../../domain/template/store.ts";
import { publicTemplate, type StoredTemplate } from "../../../domain/template/template.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { TemplateRoutes } from "./routes.ts";

export const replaceTemplate = (routes: TemplateRoutes, db: Db<"templates">, templates: Finder<StoredTemplate>) =>
  endpoint(routes.replaceTemplate, async call => {
    const replaced = await replace(db, templates.of(call), call.body, call.nowMs);
    if (replaced === undefined) throw new NotFound();
    return ok(publicTemplate(replaced));
  });
