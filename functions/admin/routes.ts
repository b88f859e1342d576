import * as z from "zod";
import { ApiKey } from "../../domain/account/api-key.ts";
import { CreatedApiKey, NewApiKey } from "../../domain/account/new-api-key.ts";
import { allowanceOf, Plan } from "../../domain/account/plan.ts";
import { Tenant } from "../../domain/account/tenant.ts";
import { idOf } from "../../domain/id.ts";
import { PageQuery } from "../../domain/page.ts";
import { pageOf, route } from "../api/route.ts";

const onPlan = { plan: Plan, rateLimit: z.int().min(1).max(allowanceOf("enterprise").rateLimitMax).optional() };

function fitsPlan({ plan, rateLimit = 1 }: { plan: Plan; rateLimit?: number | undefined }): boolean {
  return rateLimit <= allowanceOf(plan).rateLimitMax;
}

const tooMuch = { path: ["rateLimit"], error: "is more than the plan allows; enterprise takes any figure" };

/** Folded words are compared: what differs in case or the space around it alone is one word. */
const OptOutWords = z.array(z.string().trim().min(1).max(50)).max(50);

const RetentionDays = z.int().min(1).max(36_500).nullable();

const CreateTenant = z
  .strictObject({
    name: z.string().trim().min(1).max(200),
    ...onPlan,
    retentionDays: RetentionDays.optional(),
    optOutWords: OptOutWords.optional(),
  })
  .refine(fitsPlan, tooMuch)
  .meta({ id: "CreateTenant", examples: [{ name: "Acme", plan: "pro" }] });

const CreateKey = NewApiKey.extend({ tenantId: idOf("ten") });

/** A retention that is left out stays as it is. */
const SetPlan = z.strictObject({ ...onPlan, retentionDays: RetentionDays.optional() }).refine(fitsPlan, tooMuch);

/** A route about one tenant. */
const ofTenant = {
  resource: "admin",
  access: "operator",
  ids: [{ kind: "tenant", at: ["params.tenantId"] }],
  params: z.strictObject({ tenantId: idOf("ten") }),
  errors: ["invalid_transition"],
} as const;

/** The operator's routes: IAM-signed, outside the customers' contract. */
export const adminRoutes = {
  createTenant: route({
    method: "POST",
    path: "/admin/tenants",
    resource: "admin",
    operationId: "createTenant",
    summary: "Make a tenant",
    access: "operator",
    body: CreateTenant,
    answers: { 201: Tenant },
  }),
  listTenants: route({
    method: "GET",
    path: "/admin/tenants",
    resource: "admin",
    operationId: "listTenants",
    summary: "All tenants, newest first",
    access: "operator",
    query: z.strictObject(PageQuery.shape),
    answers: { 200: pageOf(Tenant) },
  }),
  setPlan: route({
    ...ofTenant,
    method: "PUT",
    path: "/admin/tenants/:tenantId/plan",
    operationId: "setPlan",
    summary: "Put a tenant on another plan, with the plan's limit unless another is told",
    body: SetPlan,
    answers: { 200: Tenant },
  }),
  setOptOutWords: route({
    ...ofTenant,
    method: "PUT",
    path: "/admin/tenants/:tenantId/opt-out-words",
    operationId: "setOptOutWords",
    summary: "Say which words opt out of a tenant's campaigns, beside the standard ones",
    body: z.strictObject({ words: OptOutWords }),
    answers: { 200: Tenant },
  }),
  suspendTenant: route({
    ...ofTenant,
    method: "POST",
    path: "/admin/tenants/:tenantId/suspend",
    operationId: "suspendTenant",
    summary: "Refuse all keys of a tenant, within a minute",
    answers: { 200: Tenant },
  }),
  resumeTenant: route({
    ...ofTenant,
    method: "POST",
    path: "/admin/tenants/:tenantId/resume",
    operationId: "resumeTenant",
    summary: "Let a suspended tenant in again",
    answers: { 200: Tenant },
  }),
  deleteTenant: route({
    ...ofTenant,
    method: "DELETE",
    path: "/admin/tenants/:tenantId",
    operationId: "deleteTenant",
    summary: "Refuse all keys of a tenant, unlink its sessions and erase everything of it, in the background",
    answers: { 202: Tenant },
    errors: [],
  }),
  createKey: route({
    method: "POST",
    path: "/admin/keys",
    resource: "admin",
    operationId: "createKey",
    summary: "Make an API key for a tenant; its text is shown once",
    access: "operator",
    ids: [{ kind: "tenant", at: ["body.tenantId"] }],
    body: CreateKey,
    answers: { 201: CreatedApiKey },
    errors: ["invalid_transition"],
  }),
  listKeys: route({
    method: "GET",
    path: "/admin/keys",
    resource: "admin",
    operationId: "listKeys",
    summary: "A tenant's API keys, newest first",
    access: "operator",
    ids: [{ kind: "tenant", at: ["query.tenantId"] }],
    query: z.strictObject({ ...PageQuery.shape, tenantId: idOf("ten") }),
    answers: { 200: pageOf(ApiKey) },
  }),
  revokeKey: route({
    method: "DELETE",
    path: "/admin/keys/:keyId",
    resource: "admin",
    operationId: "revokeKey",
    summary: "Revoke an API key; it stops working within a minute",
    access: "operator",
    ids: [{ kind: "key", at: ["params.keyId"] }],
    params: z.strictObject({ keyId: idOf("key") }),
    answers: { 200: ApiKey },
  }),
};
