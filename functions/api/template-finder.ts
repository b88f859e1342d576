import type { Db } from "../../domain/dynamodb/db.ts";
import { idOf } from "../../domain/id.ts";
import { findTemplate } from "../../domain/template/store.ts";
import type { StoredTemplate } from "../../domain/template/template.ts";
import { type Finder, finder } from "./finder.ts";

/** Finds a tenant's template by its id. */
export function templateFinder(db: Db<"templates">): Finder<StoredTemplate> {
  return finder(async (tenantId, ids) => {
    const [tenant, id] = [idOf("ten").safeParse(tenantId), idOf("tpl").safeParse(ids[0])];
    return tenant.success && id.success ? findTemplate(db, { tenantId: tenant.data, id: id.data }) : undefined;
  });
}
