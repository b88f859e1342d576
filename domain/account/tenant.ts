import { randomBytes } from "node:crypto";
import * as z from "zod";
import { isoTime } from "../clock.ts";
import { idOf, newId } from "../id.ts";
import { gatewayKeyOf } from "./gateway-key.ts";
import { allowanceOf, Plan } from "./plan.ts";

/** `deleting` ends in there being no tenant: nothing leads back from it. */
const TenantStatus = z.enum(["active", "suspended", "deleting"]).meta({ id: "TenantStatus" });

/** A customer of the installation, as operators see it. */
export const Tenant = z
  .object({
    id: idOf("ten"),
    name: z.string(),
    plan: Plan,
    rateLimit: z.int().min(1).meta({ description: "requests a UTC clock minute, all keys together" }),
    status: TenantStatus,
    retentionDays: z.int().min(1).nullable().meta({ description: "how long messages are kept; null for good" }),
    optOutWords: z
      .array(z.string())
      .default([])
      .meta({ description: "words that opt out of campaigns, beside the standard ones" }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: "Tenant" });
export type Tenant = z.infer<typeof Tenant>;

/** A tenant as it is stored. */
export const StoredTenant = Tenant.extend({
  /** Its key at the API gateway's usage plan; null until it stands there, and no API key is given out before. */
  gatewayKeyId: z.string().nullable(),
  gatewayKeyName: z.string(),
  gatewayKeyValue: z.string().min(20),
  /** Signs the cursors of its listings. */
  cursorKey: z.string().min(16),
  /** When its deletion was asked for. */
  deletingSince: z.iso.datetime().nullable().default(null),
});
export type StoredTenant = z.infer<typeof StoredTenant>;

export interface NewTenant {
  readonly name: string;
  readonly plan: Plan;
  /** The plan's figure unless told. */
  readonly rateLimit?: number | undefined;
  readonly retentionDays?: number | null | undefined;
  readonly optOutWords?: readonly string[] | undefined;
}

/** A new tenant; `ordinal` is how many gateway keys were asked for so far, this one included. */
export function newTenant(fresh: NewTenant, ordinal: number, installation: string, nowMs: number): StoredTenant {
  const id = newId("ten", nowMs);
  const gatewayKey = gatewayKeyOf({ id, plan: fresh.plan }, ordinal, installation);
  return {
    id,
    name: fresh.name,
    plan: fresh.plan,
    rateLimit: fresh.rateLimit ?? allowanceOf(fresh.plan).rateLimit,
    status: "active",
    retentionDays: fresh.retentionDays ?? null,
    optOutWords: [...(fresh.optOutWords ?? [])],
    createdAt: isoTime(nowMs),
    gatewayKeyId: null,
    gatewayKeyName: gatewayKey.name,
    gatewayKeyValue: gatewayKey.value,
    cursorKey: randomBytes(24).toString("base64url"),
    deletingSince: null,
  };
}
