import * as z from "zod";
import { type AwsCall, type AwsReply, type AwsService, jsonReply } from "./aws-call.ts";
import { AwsError } from "./aws-error.ts";
import type { ApiKey, GatewayKeyStore, UsagePlan } from "./gateway-key-store.ts";
import { gatewayOperation } from "./gateway-operations.ts";
import { queryPairs } from "./signed-request.ts";

const CreateApiKey = z.object({
  name: z.string().max(1024).default(""),
  description: z.string().default(""),
  enabled: z.boolean().default(false),
  value: z.string().max(128).optional(),
  customerId: z.string().optional(),
});
const UpdateApiKey = z.object({
  patchOperations: z.array(
    z.object({ op: z.literal("replace"), path: z.enum(["/enabled", "/name", "/description"]), value: z.string() }),
  ),
});
const CreateUsagePlanKey = z.object({ keyId: z.string(), keyType: z.literal("API_KEY") });

/** API Gateway's control plane for API keys and usage plan keys (API Gateway V1 REST API reference). */
export function gatewayControl(store: GatewayKeyStore): AwsService {
  return { answer: async call => answer(store, call) };
}

function answer(store: GatewayKeyStore, call: AwsCall): AwsReply {
  const { key, plan } = gatewayOperation(call.request) ?? { key: "", plan: "" };
  const query = new Map(queryPairs(call.request.query));
  const body = () => call.input();
  switch (call.operation) {
    case "CreateApiKey": {
      const wanted = CreateApiKey.parse(body());
      return reply(apiKey(store.createKey({ value: undefined, customerId: undefined, ...wanted }), true), 201);
    }
    case "GetApiKey":
      return reply(apiKey(store.key(key), query.get("includeValue") === "true"));
    case "GetApiKeys": {
      const named = store.keys().filter(one => one.name.startsWith(query.get("name") ?? ""));
      return reply(page(named, query, one => apiKey(one, query.get("includeValues") === "true")));
    }
    case "UpdateApiKey":
      return reply(apiKey(store.changeKey(key, changeOf(UpdateApiKey.parse(body()))), false));
    case "DeleteApiKey":
      store.deleteKey(key);
      return { status: 202, headers: {}, body: "" };
    case "GetUsagePlans":
      return reply(page(store.plans(), query, usagePlan));
    case "GetUsagePlan":
      return reply(usagePlan(store.plan(plan)));
    case "CreateUsagePlanKey":
      return reply(planKey(store.addToPlan(plan, CreateUsagePlanKey.parse(body()).keyId)), 201);
    case "GetUsagePlanKeys": {
      const named = store.keysOfPlan(plan).filter(one => one.name.startsWith(query.get("name") ?? ""));
      return reply(page(named, query, planKey));
    }
    case "DeleteUsagePlanKey":
      store.removeFromPlan(plan, key);
      return { status: 202, headers: {}, body: "" };
    default:
      throw new AwsError("UnknownOperationException", `API Gateway ${call.operation} is not emulated here`, {
        status: 404,
      });
  }
}

function reply(body: object, status = 200): AwsReply {
  return jsonReply(body, status, "application/json");
}

/** A page of at most `limit` (25 unless told, 500 at most), and the position of the next one while there is one. */
function page<T>(all: readonly T[], query: ReadonlyMap<string, string>, shape: (one: T) => object): object {
  const limit = Math.min(Math.max(Number(query.get("limit") ?? 25), 1), 500);
  const start = Number(query.get("position") ?? 0);
  if (!Number.isSafeInteger(start) || start < 0) {
    throw new AwsError("BadRequestException", "Invalid position parameter", { status: 400 });
  }
  const end = start + limit;
  return { item: all.slice(start, end).map(shape), ...(end < all.length ? { position: String(end) } : {}) };
}

function changeOf(update: z.infer<typeof UpdateApiKey>): { enabled?: boolean; name?: string; description?: string } {
  const changes = update.patchOperations.map(({ path, value }) =>
    path === "/enabled" ? { enabled: value === "true" } : { [path.slice(1)]: value },
  );
  return Object.assign({}, ...changes);
}

function apiKey(key: ApiKey, withValue: boolean): object {
  return {
    id: key.id,
    name: key.name,
    description: key.description,
    enabled: key.enabled,
    createdDate: Date.parse(key.createdAt) / 1000,
    lastUpdatedDate: Date.parse(key.modifiedAt) / 1000,
    stageKeys: [],
    ...(key.customerId === undefined ? {} : { customerId: key.customerId }),
    ...(withValue ? { value: key.value } : {}),
  };
}

function usagePlan(plan: UsagePlan): object {
  return { id: plan.id, name: plan.name, throttle: plan.throttle, quota: plan.quota, apiStages: [] };
}

function planKey(key: ApiKey): object {
  return { id: key.id, type: "API_KEY", name: key.name };
}
