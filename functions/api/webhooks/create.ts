import { isoTime } from "../../../domain/clock.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import type { SecretBox } from "../../../domain/secret/envelope.ts";
import { newSigningSecret, sealSigningSecret, signingSecrets } from "../../../domain/webhook/signing-secret.ts";
import { findWebhook, createWebhook as store } from "../../../domain/webhook/store.ts";
import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { requireRoomForWebhook } from "../../../domain/webhook/webhook-quota.ts";
import { created } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { WebhookRoutes } from "./routes.ts";

export const createWebhook = (routes: WebhookRoutes, db: Db<"webhooks">, box: SecretBox) =>
  endpoint(routes.createWebhook, async ({ caller: { tenantId }, body, nowMs, resumed, newId }) => {
    const id = newId("whk");
    const held = resumed ? await findWebhook(db, tenantId, id) : undefined;
    if (held !== undefined) {
      // An earlier run stored it, and nobody was told its secret.
      const [secret = ""] = await signingSecrets(box, held, nowMs);
      return created({ ...publicWebhook(held), secret });
    }
    await requireRoomForWebhook(db, tenantId);
    const secret = newSigningSecret();
    const webhook: Webhook = {
      id,
      tenantId,
      url: body.url,
      events: body.events,
      sessionIds: body.sessionIds ?? null,
      description: body.description ?? null,
      enabled: true,
      disabledReason: null,
      failingSince: null,
      failures: 0,
      secret: await sealSigningSecret(box, { id, tenantId }, secret),
      previousSecrets: [],
      createdAt: isoTime(nowMs),
      updatedAt: isoTime(nowMs),
    };
    await store(db, webhook);
    return created({ ...publicWebhook(webhook), secret });
  });
