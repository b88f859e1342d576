import { randomBytes } from "node:crypto";
import { join } from "node:path";
import * as z from "zod";
import { AwsError } from "./aws-error.ts";
import { DurableJson } from "./durable-json.ts";

const ApiKey = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  value: z.string(),
  enabled: z.boolean(),
  createdAt: z.string(),
  modifiedAt: z.string(),
  customerId: z.string().optional(),
});
export type ApiKey = z.infer<typeof ApiKey>;

const KeyFile = z.strictObject({
  keys: z.record(z.string(), ApiKey),
  /** The usage plan of each key, by key id. */
  planOfKey: z.record(z.string(), z.string()),
});

export interface UsagePlan {
  readonly id: string;
  readonly name: string;
  /** Requests a second, and how many may come at once. */
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number };
  readonly quota?: { readonly limit: number; readonly period: "DAY" | "WEEK" | "MONTH" };
}

/** What a gateway asks when a request brings an API key. */
export interface PlanOfKey {
  readonly planId: string;
  readonly throttle?: UsagePlan["throttle"];
  readonly quota?: UsagePlan["quota"];
}

/** The API keys made at run time, in one file of mode 0600, and the usage plans of the template, told at every start. */
export class GatewayKeyStore {
  readonly #file: DurableJson<z.infer<typeof KeyFile>>;
  readonly #plans = new Map<string, UsagePlan>();
  readonly #now: () => number;
  /** Key ids by their values: the gateway asks at every request. */
  readonly #idByValue: Map<string, string>;

  constructor(dataDir: string, now: () => number) {
    this.#file = new DurableJson(join(dataDir, "gateway-keys.json"), KeyFile, { keys: {}, planOfKey: {} });
    this.#now = now;
    this.#idByValue = new Map(Object.values(this.#file.value.keys).map(key => [key.value, key.id]));
  }

  /** The plan of an enabled key in a plan; `undefined` where there is none, so that the gateway answers 403. */
  planOf(apiKeyValue: string): PlanOfKey | undefined {
    const id = this.#idByValue.get(apiKeyValue);
    if (id === undefined || this.#file.value.keys[id]?.enabled !== true) return undefined;
    const plan = this.#plans.get(this.#file.value.planOfKey[id] ?? "");
    if (plan === undefined) return undefined;
    return {
      planId: plan.id,
      ...(plan.throttle === undefined ? {} : { throttle: plan.throttle }),
      ...(plan.quota === undefined ? {} : { quota: plan.quota }),
    };
  }

  definePlan(plan: UsagePlan): void {
    this.#plans.set(plan.id, plan);
  }

  plans(): readonly UsagePlan[] {
    return [...this.#plans.values()];
  }

  /** Throws NotFoundException. */
  plan(id: string): UsagePlan {
    const plan = this.#plans.get(id);
    if (plan === undefined) throw new AwsError("NotFoundException", "Invalid Usage Plan ID specified", { status: 404 });
    return plan;
  }

  keys(): readonly ApiKey[] {
    return Object.values(this.#file.value.keys);
  }

  /** Throws NotFoundException. */
  key(id: string): ApiKey {
    const key = this.#file.value.keys[id];
    if (key === undefined)
      throw new AwsError("NotFoundException", "Invalid API Key identifier specified", { status: 404 });
    return key;
  }

  /** Throws ConflictException where another key has the value. A value of 20 to 128 characters may be given. */
  createKey(wanted: {
    name: string;
    description: string;
    enabled: boolean;
    value: string | undefined;
    customerId: string | undefined;
  }): ApiKey {
    const value = wanted.value ?? randomBytes(30).toString("base64url");
    if (value.length < 20) {
      throw new AwsError("BadRequestException", "API Key value should be at least 20 characters", { status: 400 });
    }
    if (this.#idByValue.has(value)) throw new AwsError("ConflictException", "API Key already exists", { status: 409 });
    const at = new Date(this.#now()).toISOString();
    const key: ApiKey = {
      id: randomBytes(5).toString("hex"),
      name: wanted.name,
      description: wanted.description,
      value,
      enabled: wanted.enabled,
      createdAt: at,
      modifiedAt: at,
      ...(wanted.customerId === undefined ? {} : { customerId: wanted.customerId }),
    };
    this.#save(key);
    return key;
  }

  changeKey(id: string, change: { enabled?: boolean; name?: string; description?: string }): ApiKey {
    const key = { ...this.key(id), ...change, modifiedAt: new Date(this.#now()).toISOString() };
    this.#save(key);
    return key;
  }

  deleteKey(id: string): void {
    const { value } = this.key(id);
    const { [id]: _key, ...keys } = this.#file.value.keys;
    const { [id]: _plan, ...planOfKey } = this.#file.value.planOfKey;
    this.#file.save({ keys, planOfKey });
    this.#idByValue.delete(value);
  }

  keysOfPlan(planId: string): readonly ApiKey[] {
    this.plan(planId);
    const { keys, planOfKey } = this.#file.value;
    return Object.values(keys).filter(key => planOfKey[key.id] === planId);
  }

  /** Puts a key into a plan. All plans of the template share one stage, for which a key may be in one plan only. */
  addToPlan(planId: string, keyId: string): ApiKey {
    const key = this.key(keyId);
    this.plan(planId);
    const { keys, planOfKey } = this.#file.value;
    if (planOfKey[keyId] !== undefined && this.#plans.has(planOfKey[keyId])) {
      throw new AwsError("ConflictException", `Usage Plan already has the API key or its stage: ${planOfKey[keyId]}`, {
        status: 409,
      });
    }
    this.#file.save({ keys, planOfKey: { ...planOfKey, [keyId]: planId } });
    return key;
  }

  removeFromPlan(planId: string, keyId: string): void {
    const { keys, planOfKey } = this.#file.value;
    if (planOfKey[keyId] !== planId) {
      throw new AwsError("NotFoundException", "Invalid Usage Plan Key specified", { status: 404 });
    }
    const { [keyId]: _plan, ...left } = planOfKey;
    this.#file.save({ keys, planOfKey: left });
  }

  #save(key: ApiKey): void {
    const { keys, planOfKey } = this.#file.value;
    this.#file.save({ keys: { ...keys, [key.id]: key }, planOfKey });
    this.#idByValue.set(key.value, key.id);
  }
}
