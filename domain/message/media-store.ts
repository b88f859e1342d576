import { UpdateCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { type MessageRef, StoredMessage } from "./message.ts";

export interface MediaStep extends Pick<StoredMessage, "media" | "file"> {
  readonly at: string;
  /** Of an outbound message: kept with the file, unless one is kept already. */
  readonly payload?: Uint8Array;
}

/**
 * Notes what became of a message's file, and of an outbound one the payload that names it. Answers the message as it is
 * then, with the payload that counts: the first one kept. Throws where the message is gone.
 */
export async function noteMedia(db: Db<"messages">, ref: MessageRef, step: MediaStep): Promise<StoredMessage> {
  const payload = step.payload === undefined ? "" : ", payload = if_not_exists(payload, :payload)";
  const file = step.file === undefined ? "" : ", #file = :file";
  const answer = await db.client.send(
    new UpdateCommand({
      TableName: db.table.messages,
      Key: { pk: `${ref.tenantId}#${ref.sessionId}#${ref.chatKey}`, sk: ref.id },
      UpdateExpression: `SET media = :media, updatedAt = :at${file}${payload}`,
      ConditionExpression: "attribute_exists(pk)",
      ...(step.file === undefined ? {} : { ExpressionAttributeNames: { "#file": "file" } }),
      ExpressionAttributeValues: {
        ":media": step.media,
        ":at": step.at,
        ":file": step.file,
        ":payload": step.payload,
      },
      ReturnValues: "ALL_NEW",
    }),
  );
  return StoredMessage.parse(answer.Attributes);
}
