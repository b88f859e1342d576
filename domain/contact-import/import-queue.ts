import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import * as z from "zod";
import { idOf } from "../id.ts";

/** Carry an import on. The row says how far it has come, so that a repeated one does no harm. */
export const ImportCommand = z.strictObject({
  type: z.literal("contacts.import"),
  tenantId: idOf("ten"),
  importId: idOf("imp"),
});
export type ImportCommand = z.infer<typeof ImportCommand>;

export interface ImportQueue {
  send(command: ImportCommand): Promise<void>;
}

/** The message group makes the queue fair between tenants: one with many imports does not hold up the others. */
export function sqsImportQueue(QueueUrl: string): ImportQueue {
  const sqs = new SQSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async send(command) {
      const MessageBody = JSON.stringify(command);
      await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: command.tenantId }));
    },
  };
}
