import * as z from "zod";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import { Template } from "../../../domain/template/template.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { noAnswerBody, pageOf, route } from "../route.ts";
import { templateBodyUnder } from "./template-body.ts";

const ids = [{ kind: "template", at: ["params.templateId"] }];
const params = z.strictObject({ templateId: idOf("tpl") });
const example = { name: "Order shipped", body: "Hello {{name}}, your order {{order}} is on its way." };

export function templateRoutesUnder(rules: DestinationRules) {
  const body = templateBodyUnder(rules);
  return {
    createTemplate: route({
      method: "POST",
      path: "/api/templates",
      resource: "templates",
      operationId: "createTemplate",
      summary: "Keep a text whose {{variables}} each send fills in",
      ids: [{ kind: "upload", at: ["body.media.mediaId"] }],
      body: body.meta({ id: "CreateTemplate", examples: [example] }),
      answers: { 201: Template },
    }),
    listTemplates: route({
      method: "GET",
      path: "/api/templates",
      resource: "templates",
      operationId: "listTemplates",
      summary: "The tenant's templates, newest first",
      query: z.strictObject(PageQuery.shape),
      answers: { 200: pageOf(Template) },
    }),
    getTemplate: route({
      method: "GET",
      path: "/api/templates/:templateId",
      resource: "templates",
      operationId: "getTemplate",
      summary: "One template",
      ids,
      params,
      answers: { 200: Template },
    }),
    replaceTemplate: route({
      method: "PUT",
      path: "/api/templates/:templateId",
      resource: "templates",
      operationId: "replaceTemplate",
      summary: "Put another name and text in a template's place; messages sent before keep theirs",
      ids: [...ids, { kind: "upload", at: ["body.media.mediaId"] }],
      params,
      body: body.meta({ id: "ReplaceTemplate", examples: [example] }),
      answers: { 200: Template },
    }),
    deleteTemplate: route({
      method: "DELETE",
      path: "/api/templates/:templateId",
      resource: "templates",
      operationId: "deleteTemplate",
      summary: "Delete a template; messages sent before keep their text",
      ids,
      params,
      answers: { 204: noAnswerBody },
    }),
  };
}
export type TemplateRoutes = ReturnType<typeof templateRoutesUnder>;

/** As they are on AWS; schemas apart, the rules change nothing. */
export const templateRoutes = templateRoutesUnder({ allowLoopback: false });
