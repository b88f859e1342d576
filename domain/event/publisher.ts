import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { concernsCampaigns, followedAttribute } from "../campaign/concerned.ts";
import type { Now } from "../clock.ts";
import type { Db } from "../dynamodb/db.ts";
import type { PublishedEvent, WasaasEvent } from "./event.ts";
import { confirmPublished, EventRow, unpublishedPlaces, unpublishedShards } from "./log.ts";

export interface EventTopic {
  /** Publishes to the topic, with `type` and `tenantId` as message attributes. */
  publish(message: PublishedEvent): Promise<void>;
}

export function snsTopic(topicArn: string): EventTopic {
  const sns = new SNSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async publish(message) {
      await sns.send(
        new PublishCommand({
          TopicArn: topicArn,
          Message: JSON.stringify(message),
          // SNS hands it on to SQS, which then keeps one tenant's flood from delaying the others' events (fair queues).
          MessageGroupId: message.event.tenantId,
          MessageAttributes: attributesOf(message.event),
        }),
      );
    },
  };
}

function attributesOf(event: WasaasEvent) {
  return {
    type: { DataType: "String", StringValue: event.type },
    tenantId: { DataType: "String", StringValue: event.tenantId },
    ...(concernsCampaigns(event)
      ? { [followedAttribute.name]: { DataType: "String", StringValue: followedAttribute.value } }
      : {}),
  };
}

/**
 * Publishes an event that is already in the log, then confirms it there. In this order a crash in between repeats
 * the event under its own id, which is the webhook id too; it never loses it.
 */
export async function publishRow(topic: EventTopic, db: Db<"events">, row: EventRow, now: Now): Promise<void> {
  await topic.publish({ event: row.event });
  await confirmPublished(db, row, now);
}

/**
 * Publishes what was written before `olderThanMs` ago and left behind by a crash or a failing topic. Answers how many
 * were published; `limit` bounds each of the eight partitions of the index, `marks` says which of them (all unless told).
 */
export async function republish(
  topic: EventTopic,
  db: Db<"events">,
  options: { olderThanMs: number; limit: number; now: Now; marks?: readonly number[] },
): Promise<number> {
  let published = 0;
  for (const mark of options.marks ?? Array.from({ length: unpublishedShards }, (_, each) => each)) {
    const places = await unpublishedPlaces(db, mark, options.now() - options.olderThanMs, options.limit);
    for (const Key of places) {
      const found = await db.client.send(new GetCommand({ TableName: db.table.events, Key, ConsistentRead: true }));
      if (found.Item?.unpublishedPk === undefined) continue;
      await publishRow(topic, db, EventRow.parse(found.Item), options.now);
      published++;
    }
  }
  return published;
}
