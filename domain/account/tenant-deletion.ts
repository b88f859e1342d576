import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { idOf } from "../id.ts";
import type { TableId } from "../tables.ts";

/**
 * The tables that hold what is a tenant's, in the order it is erased: first what makes new rows elsewhere. Accounts go
 * last, by their own keys; leases hold nothing of tenants for more than an hour; Signal keys only the socket hosts may
 * touch, and they erase a session's with the session.
 */
export const erasedTables = [
  "imports",
  "campaigns",
  "webhooks",
  "sessions",
  "paces",
  "campaign_recipients",
  "outbox",
  "chats",
  "messages",
  "media",
  "templates",
  "contacts",
  "events",
  "usage",
  "idempotency",
  "rate_windows",
  "deliveries",
] as const satisfies readonly TableId[];
export type ErasedTable = (typeof erasedTables)[number];

/** How far an erasure has come: everything before this place was looked at. */
export const Erasing = z.strictObject({
  table: z.enum(erasedTables),
  after: z.strictObject({ pk: z.string(), sk: z.string() }).nullable(),
  /** What was found since the first table: an erasure ends once it finds nothing from the first to the last. */
  found: z.int().min(0),
});
export type Erasing = z.infer<typeof Erasing>;

/**
 * Carry a tenant's deletion on. The message is the checkpoint: one that comes again repeats harmless work.
 * `erasing` is null while the tenant's sessions are still being unlinked.
 */
export const TenantDeletion = z.strictObject({ tenantId: idOf("ten"), erasing: Erasing.nullable() });
export type TenantDeletion = z.infer<typeof TenantDeletion>;

export interface DeletionQueue {
  /** `delaySeconds` at most 900. */
  send(deletion: TenantDeletion, delaySeconds: number): Promise<void>;
}

export function sqsDeletionQueue(QueueUrl: string): DeletionQueue {
  const sqs = new SQSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async send(deletion, DelaySeconds) {
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(deletion), DelaySeconds }));
    },
  };
}
