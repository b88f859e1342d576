import type { Db } from "../../../domain/dynamodb/db.ts";
import { NotFound } from "../../../domain/error.ts";
import { deleteTemplate as remove } from "../../../domain/template/store.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import { noContent } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { templateRoutes } from "./routes.ts";

export const deleteTemplate = (db: Db<"templates">, templates: Finder<StoredTemplate>) =>
  endpoint(templateRoutes.deleteTemplate, async call => {
    if (!(await remove(db, templates.of(call)))) throw new NotFound();
    return noContent();
  });
