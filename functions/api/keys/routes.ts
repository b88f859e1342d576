import * as z from "zod";
import { ApiKey } from "../../../domain/account/api-key.ts";
import { CreatedApiKey, NewApiKey } from "../../../domain/account/new-api-key.ts";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import { noAnswerBody, pageOf, route } from "../route.ts";

export const keyRoutes = {
  createApiKey: route({
    method: "POST",
    path: "/api/keys",
    resource: "keys",
    operationId: "createApiKey",
    summary: "Make another key of the tenant's; its text is shown once",
    body: NewApiKey.optional().meta({ id: "CreateApiKey", examples: [{ label: "backend" }] }),
    answers: { 201: CreatedApiKey },
  }),
  listApiKeys: route({
    method: "GET",
    path: "/api/keys",
    resource: "keys",
    operationId: "listApiKeys",
    summary: "The tenant's keys, newest first, revoked ones too",
    query: z.strictObject(PageQuery.shape),
    answers: { 200: pageOf(ApiKey) },
  }),
  revokeApiKey: route({
    method: "DELETE",
    path: "/api/keys/:keyId",
    resource: "keys",
    operationId: "revokeApiKey",
    summary: "Revoke a key for good: it stops working within a minute. The key that asks cannot revoke itself",
    ids: [{ kind: "key", at: ["params.keyId"] }],
    params: z.strictObject({ keyId: idOf("key") }),
    answers: { 204: noAnswerBody },
    errors: ["invalid_transition"],
  }),
};
