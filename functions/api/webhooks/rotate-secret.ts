import type { Db } from "../../../domain/dynamodb/db.ts";
import { DomainError, NotFound } from "../../../domain/error.ts";
import type { SecretBox } from "../../../domain/secret/envelope.ts";
import { newSigningSecret, sealSigningSecret } from "../../../domain/webhook/signing-secret.ts";
import { findWebhook, replaceSecret } from "../../../domain/webhook/store.ts";
import { publicWebhook, type Webhook } from "../../../domain/webhook/webhook.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import type { WebhookRoutes } from "./routes.ts";

const hourMs = 3_600_000;

/** Two rotations at once: one of them would be told a secret that is no longer the newest. */
class RotationUnderWay extends DomainError {
  override readonly name = "RotationUnderWay";
  constructor() {
    super("invalid_transition", "The secret was rotated by another request at this moment.");
  }
}

export const rotateWebhookSecret = (
  routes: WebhookRoutes,
  db: Db<"webhooks">,
  box: SecretBox,
  webhooks: Finder<Webhook>,
) =>
  endpoint(routes.rotateWebhookSecret, async call => {
    const webhook = webhooks.of(call);
    const secret = newSigningSecret();
    const sealed = await sealSigningSecret(box, webhook, secret);
    const overlapEndsMs = call.nowMs + call.body.overlapHours * hourMs;
    const rotated = await replaceSecret(db, webhook, sealed, { nowMs: call.nowMs, overlapEndsMs });
    if (rotated !== undefined) return ok({ ...publicWebhook(rotated), secret });
    const isThere = await findWebhook(db, webhook.tenantId, webhook.id);
    throw isThere ? new RotationUnderWay() : new NotFound();
  });
