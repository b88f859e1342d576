import type { Construct } from "constructs";
import { MessagesEnvironment, tablesOfMessages } from "../../functions/api/messages/environment.ts";
import { grantSealing, sealing } from "../encryption-access.ts";
import { grantMedia } from "../media-access.ts";
import { NodeFunction } from "../node-function.ts";
import { grantTables, tableVariables } from "../table-access.ts";
import { type Backing, bellVariables, counting, keepingAnswers, writingEvents } from "./backing.ts";

/** A thousand messages at once take seconds; the gateway waits for 29. */
const bulkTimeoutSeconds = 28;

/** /api/messages. */
export function messagesFunction(scope: Construct, backing: Backing) {
  const { tables, media: bucket, encryptionKey } = backing.data;
  const messages = new NodeFunction(scope, "Messages", {
    folder: "api/messages",
    schema: MessagesEnvironment,
    environment: {
      ...tableVariables(tables, tablesOfMessages),
      ...bellVariables(backing),
      EVENT_TOPIC_ARN: backing.topic.topicArn,
      ENCRYPTION_KEY_ARN: encryptionKey.keyArn,
      MEDIA_BUCKET: bucket.bucketName,
    },
    timeoutSeconds: bulkTimeoutSeconds,
    memoryMb: 1024,
    errorImpact: "customers cannot send or read messages",
  });
  grantTables(messages, tables, tablesOfMessages, {
    rate_windows: counting,
    idempotency: keepingAnswers,
    // Sequences are counters beside the session.
    sessions: { items: ["GetItem", "UpdateItem"] },
    messages: { items: ["GetItem", "BatchGetItem", "Query", "PutItem"], indexes: ["byId"] },
    chats: { items: ["GetItem", "BatchGetItem", "UpdateItem"] },
    contacts: { items: ["GetItem", "BatchGetItem"] },
    templates: { items: ["GetItem"] },
    outbox: { items: ["PutItem"] },
    events: writingEvents,
    media: { items: ["GetItem"] },
  });
  backing.commands.grantRing(messages);
  backing.topic.grantPublish(messages);
  grantMedia(messages, bucket, { uploads: ["GetObject"], messages: ["GetObject", "PutObject"] });
  grantSealing(messages, encryptionKey, [sealing.keptAnswers]);
  return messages;
}
