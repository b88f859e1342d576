import { randomBytes } from "node:crypto";
import type { EncryptionContext, SecretBox } from "../secret/envelope.ts";
import type { Webhook, WebhookRef } from "./webhook.ts";

const secretBytes = 32;

/** A new secret as Standard Webhooks spells it: `whsec_` and the base64 of 32 random bytes (it asks for 24 to 64). */
export function newSigningSecret(): string {
  return `whsec_${randomBytes(secretBytes).toString("base64")}`;
}

export function sealSigningSecret(box: SecretBox, webhook: WebhookRef, secret: string): Promise<Uint8Array> {
  return box.seal(secret, contextOf(webhook));
}

/** The secrets that sign now: the endpoint's own first, then those before it whose overlap has not ended. */
export async function signingSecrets(
  box: SecretBox,
  webhook: Pick<Webhook, "id" | "tenantId" | "secret" | "previousSecrets">,
  nowMs: number,
): Promise<string[]> {
  const previous = webhook.previousSecrets.filter(({ until }) => nowMs < Date.parse(until));
  const sealed = [webhook.secret, ...previous.map(({ secret }) => secret)];
  return Promise.all(sealed.map(secret => box.open(secret, contextOf(webhook))));
}

function contextOf(webhook: WebhookRef): EncryptionContext {
  return { purpose: "webhook-secret", tenantId: webhook.tenantId, webhookId: webhook.id };
}
