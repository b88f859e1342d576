import { publicTemplate, type StoredTemplate } from "../../../domain/template/template.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { templateRoutes } from "./routes.ts";

export const getTemplate = (templates: Finder<StoredTemplate>) =>
  endpoint(templateRoutes.getTemplate, async call => ok(publicTemplate(templates.of(call))));
