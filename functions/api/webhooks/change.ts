import type { Db } from "../../../domain/dynamodb/db.ts";
import { NotFound } from "../../../domain/error.ts";
import { type DeliveryQueue, lookCommand } from "../../../domain/webhook/delivery-command.ts";
import { openGate } from "../../../domain/webhook/gate-store.ts";
import { nextLook } from "../../../domain/webhook/line.ts";
import { changeWebhook, type WebhookSettings } from "../../../domain/webhook/store.ts";
import type { Webhook } from "../../../domain/webhook/webhook.ts";

export interface Changing {
  readonly db: Db<"webhooks" | "deliveries">;
  readonly queue: DeliveryQueue;
}

/**
 * Changes what the customer set. An endpoint that was given a rest because it did not answer, and is enabled or led
 * elsewhere now, gets what waits for it at once.
 */
export async function change(
  { db, queue }: Changing,
  webhook: Webhook,
  settings: Partial<WebhookSettings>,
  nowMs: number,
): Promise<Webhook> {
  const changed = await changeWebhook(db, webhook, settings, nowMs);
  if (changed === undefined) throw new NotFound();
  if (settings.enabled !== true && settings.url === undefined) return changed;
  const endpoint = { tenantId: webhook.tenantId, webhookId: webhook.id };
  const gate = await openGate(db, endpoint);
  if (gate?.look == null) return changed;
  const look = await nextLook(db, endpoint, gate.look, nowMs);
  if (look !== undefined) await queue.send(lookCommand(endpoint, look));
  return changed;
}
