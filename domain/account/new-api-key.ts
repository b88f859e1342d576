import * as z from "zod";
import { isoTime } from "../clock.ts";
import { ValidationFailed } from "../error.ts";
import type { Id } from "../id.ts";
import { ApiKey, hashOfApiKey, newApiKeyText, type StoredApiKey } from "./api-key.ts";

/** What is told about a key when it is made. */
export const NewApiKey = z.strictObject({
  label: z.string().trim().min(1).max(100).nullable().optional(),
  expiresAt: z.iso
    .datetime({ offset: true })
    .nullable()
    .optional()
    .meta({ description: "from when on it opens nothing; null for never" }),
});
export type NewApiKey = z.infer<typeof NewApiKey>;

export const CreatedApiKey = ApiKey.extend({
  key: z.string().meta({ description: "shown here and never again" }),
}).meta({ id: "CreatedApiKey" });

/** A new key and its text, which is kept nowhere. Throws ValidationFailed where it would have expired already. */
export function newApiKey(
  owner: { readonly id: Id<"key">; readonly tenantId: Id<"ten"> },
  fresh: NewApiKey,
  nowMs: number,
): { readonly stored: StoredApiKey; readonly key: string } {
  const expiresAt = fresh.expiresAt == null ? null : isoTime(Date.parse(fresh.expiresAt));
  if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) {
    throw new ValidationFailed([{ path: "body.expiresAt", message: "must be in the future" }]);
  }
  const key = newApiKeyText(owner.id, "live");
  const stored: StoredApiKey = {
    id: owner.id,
    tenantId: owner.tenantId,
    label: fresh.label ?? null,
    mode: "live",
    status: "active",
    createdAt: isoTime(nowMs),
    expiresAt,
    revokedAt: null,
    lastUsedAt: null,
    hash: hashOfApiKey(key),
  };
  return { stored, key };
}
