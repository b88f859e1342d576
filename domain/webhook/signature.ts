import { createHmac } from "node:crypto";

export interface SignedContent {
  /** The event's id, the same on every try: receivers tell repeats by it. */
  readonly id: string;
  readonly timestampSeconds: number;
  /** Exactly the bytes that are sent, as text. */
  readonly body: string;
}

/**
 * The three headers of Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks): HMAC-SHA256 over
 * `id.timestamp.body`, one `v1` signature for each secret, apart by spaces. Two while a secret rotates: a receiver
 * accepts when any of them is right.
 */
export function signatureHeaders(content: SignedContent, secrets: readonly string[]): Record<string, string> {
  return {
    "webhook-id": content.id,
    "webhook-timestamp": String(content.timestampSeconds),
    "webhook-signature": secrets.map(secret => `v1,${signatureOf(content, secret)}`).join(" "),
  };
}

function signatureOf({ id, timestampSeconds, body }: SignedContent, secret: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return createHmac("sha256", key).update(`${id}.${timestampSeconds}.${body}`).digest("base64");
}
