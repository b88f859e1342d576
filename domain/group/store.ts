import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { deleteItems } from "../dynamodb/delete-items.ts";
import { type TransactItem, transactIf } from "../dynamodb/transaction.ts";
import { type EventRow, putEventRow } from "../event/log.ts";
import { Jid } from "../jid.ts";
import type { Cursors, Page } from "../page.ts";
import type { SessionRef } from "../session/session.ts";
import { StoredGroup } from "./group.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;
const partitionOf = (session: Owner) => `${session.tenantId}#${session.id}`;
const prefix = "group#";
const keyOf = (session: Owner, group: Jid) => ({ pk: partitionOf(session), sk: `${prefix}${group}` });

/** A session's group as it was last seen, or undefined where it never was in it. */
export async function findGroup(db: Db<"chats">, session: Owner, group: Jid): Promise<StoredGroup | undefined> {
  const Key = keyOf(session, group);
  const found = await db.client.send(new GetCommand({ TableName: db.table.chats, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : StoredGroup.parse(found.Item);
}

/** A session's groups, in the order of their ids. A page ends early where its groups are large (1 MB as they are kept). */
export async function listGroups(
  db: Db<"chats">,
  session: Owner,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<StoredGroup>> {
  const pk = partitionOf(session);
  const after = page.cursor === undefined ? undefined : page.cursors.open(page.cursor).sk;
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.chats,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
      ExpressionAttributeValues: { ":pk": pk, ":prefix": prefix },
      ExclusiveStartKey: after === undefined ? undefined : { pk, sk: after },
      ConsistentRead: true,
      Limit: page.limit,
    }),
  );
  const data = (answer.Items ?? []).map(item => StoredGroup.parse(item));
  const last = data.at(-1);
  const more = answer.LastEvaluatedKey !== undefined && last !== undefined;
  return { data, nextCursor: more ? page.cursors.seal({ sk: `${prefix}${last.id}` }) : null };
}

/**
 * Keeps a group with its event, and its subject as the name of its chat. Answers false, having written nothing, where
 * it is not as `before` any more.
 */
export async function writeGroup(
  db: Db<"chats" | "events">,
  session: Owner,
  step: { before: StoredGroup | undefined; after: StoredGroup; event: EventRow | undefined },
): Promise<boolean> {
  const { before, after, event } = step;
  const asBefore =
    before === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : { ConditionExpression: "version = :before", ExpressionAttributeValues: { ":before": before.version } };
  const put = { Put: { TableName: db.table.chats, Item: { ...after, ...keyOf(session, after.id) }, ...asBefore } };
  const name = before?.subject === after.subject ? [] : [nameOfChat(db, session, after)];
  return transactIf(db, [put, ...name, ...(event === undefined ? [] : [putEventRow(db, event)])]);
}

/** Makes the place of the chat, too, where nothing was written yet; a chat without messages is listed nowhere. */
function nameOfChat(db: Db<"chats">, session: Owner, { id, subject }: StoredGroup): TransactItem {
  return {
    Update: {
      TableName: db.table.chats,
      Key: { pk: partitionOf(session), sk: `chat#${id}` },
      UpdateExpression: "SET #key = :key, #name = :name",
      ExpressionAttributeNames: { "#key": "key", "#name": "name" },
      ExpressionAttributeValues: { ":key": id, ":name": subject },
    },
  };
}

const SeenGroups = z.object({ self: Jid, at: z.iso.datetime() });
/** That all of a session's groups were asked for: as whom, and when. */
export type SeenGroups = z.infer<typeof SeenGroups>;

const seenKey = (session: Owner) => ({ pk: partitionOf(session), sk: "groups-seen" });

export async function groupsSeen(db: Db<"chats">, session: Owner): Promise<SeenGroups | undefined> {
  const Key = seenKey(session);
  const found = await db.client.send(new GetCommand({ TableName: db.table.chats, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : SeenGroups.parse(found.Item);
}

export async function noteGroupsSeen(db: Db<"chats">, session: Owner, seen: SeenGroups): Promise<void> {
  await db.client.send(new PutCommand({ TableName: db.table.chats, Item: { ...seenKey(session), ...seen } }));
}

const Kept = z.object({ pk: z.string(), sk: z.string(), id: Jid });

/** The ids of all groups that are kept of a session. */
export async function keptGroups(db: Db<"chats">, session: Owner): Promise<Jid[]> {
  return (await placesOf(db, session)).map(({ id }) => id);
}

/** Forgets a session's groups: those of another phone that it was linked to before. */
export async function eraseGroups(db: Db<"chats">, session: Owner): Promise<void> {
  const places = (await placesOf(db, session)).map(({ pk, sk }) => ({ pk, sk }));
  for (let from = 0; from < places.length; from += 100) {
    await deleteItems(db.client, db.table.chats, places.slice(from, from + 100));
  }
}

async function placesOf(db: Db<"chats">, session: Owner): Promise<z.infer<typeof Kept>[]> {
  const places: z.infer<typeof Kept>[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.chats,
        KeyConditionExpression: "pk = :pk AND begins_with(sk, :prefix)",
        ExpressionAttributeValues: { ":pk": partitionOf(session), ":prefix": prefix },
        ProjectionExpression: "pk, sk, id",
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    places.push(...(answer.Items ?? []).map(item => Kept.parse(item)));
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return places;
}
