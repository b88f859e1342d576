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

/** SNS carries 256 KB with the attributes (docs.aws.amazon.com/general/latest/gr/sns.html): this leaves room for them. */
const messageBytesMax = 255_000;

/**
 * An event that no topic carries. Its parts are bounded, so that it takes tens of thousands of control characters, which
 * JSON spells with six bytes each.
 */
class EventTooLarge extends Error {
  override readonly name = "EventTooLarge";
  readonly code = "event_too_large";
}

export function snsTopic(topicArn: string): EventTopic {
  const sns = new SNSClient({ maxAttempts: 3, requestHandler: { connectionTimeout: 1_000, socketTimeout: 3_000 } });
  return {
    async publish(message) {
      const Message = JSON.stringify(message);
      if (Buffer.byteLength(Message) > messageBytesMax) throw new EventTooLarge(`${message.event.id} is too large`);
      await sns.send(
        new PublishCommand({
          TopicArn: topicArn,
          Message,
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
 * the event under its own id, which is the webhook id too; it never loses it. One that is too large is confirmed all the
 * same: it is in the log alone, and nobody tries it for ever. Throws what the topic throws.
 */
export async function publishRow(topic: EventTopic, db: Db<"events">, row: EventRow, now: Now): Promise<void> {
  try {
    await topic.publish({ event: row.event });
  } catch (error) {
    if (error instanceof EventTooLarge) await confirmPublished(db, row, now);
    throw error;
  }
  await confirmPublished(db, row, now);
}

/** So many failures in one go are the topic's, not the events': the rest waits for the next go. */
const failuresMax = 10;

/**
 * Publishes what was written before `olderThanMs` ago and left behind by a crash or a failing topic. Answers how many
 * were published; `limit` bounds each of the eight partitions of the index, `marks` says which of them (all unless told).
 * One that fails keeps none of the others back: an AggregateError tells of it afterwards.
 */
export async function republish(
  topic: EventTopic,
  db: Db<"events">,
  options: { olderThanMs: number; limit: number; now: Now; marks?: readonly number[] },
): Promise<number> {
  let published = 0;
  const failures: unknown[] = [];
  for (const mark of options.marks ?? Array.from({ length: unpublishedShards }, (_, each) => each)) {
    const places = await unpublishedPlaces(db, mark, options.now() - options.olderThanMs, options.limit);
    for (const place of places) {
      if (failures.length === failuresMax) break;
      try {
        if (await publishPlace(topic, db, place, options.now)) published++;
      } catch (error) {
        failures.push(error);
      }
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} events could not be published`);
  return published;
}

/** Answers whether the event of a place was still to be published. */
async function publishPlace(
  topic: EventTopic,
  db: Db<"events">,
  Key: { pk: string; sk: string },
  now: Now,
): Promise<boolean> {
  const found = await db.client.send(new GetCommand({ TableName: db.table.events, Key, ConsistentRead: true }));
  if (found.Item?.unpublishedPk === undefined) return false;
  await publishRow(topic, db, EventRow.parse(found.Item), now);
  return true;
}
