import { PutCommand, QueryCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import { idOf } from "../id.ts";
import { attemptRetentionDays, type Delivery } from "./delivery.ts";
import { deliveryPartition } from "./delivery-store.ts";
import { duePartition, duePlace, lostMessageMs } from "./due.ts";
import type { Gate } from "./gate.ts";
import { changed, type EndpointRef, gatePlace } from "./gate-store.ts";

/** The deliveries that wait before an endpoint's gate, in the order in which they were due. */
type LineDb = Db<"deliveries">;

/** Nothing of a delivery is due while it waits in line; this is only in case the line were lost. */
const waitingMsMax = 86_400_000;

const Waiting = z.object({ pk: z.string(), sk: z.string(), deliveryId: idOf("dlv"), attempt: z.int().min(1) });
export type Waiting = z.infer<typeof Waiting>;

const daySeconds = 86_400;
/** Sooner than a lost message of a delivery is made up for: a whole line waits for a look. */
const lostLookMs = 60_000;

/**
 * Puts a delivery in line at the place of the time it was due at, however often it comes back. `lookMs` is when
 * somebody is to look at the line, where nobody is going to yet. Answers the look that is then to be queued, or
 * undefined where one is under way. Doing it again changes nothing.
 */
export async function joinLine(
  db: LineDb,
  delivery: Delivery,
  times: { nowMs: number; lookMs: number },
): Promise<string | undefined> {
  await setDue(db, delivery, times.nowMs + waitingMsMax);
  const dueAtMs = delivery.nextAttemptAt === null ? times.nowMs : Date.parse(delivery.nextAttemptAt);
  const Item = {
    pk: deliveryPartition(delivery),
    sk: `waiting#${duePlace(dueAtMs)}#${delivery.id}`,
    deliveryId: delivery.id,
    attempt: delivery.nextAttempt,
    ttl: Math.floor(times.nowMs / 1_000) + attemptRetentionDays * daySeconds,
  } satisfies Waiting & { ttl: number };
  await db.client.send(new PutCommand({ TableName: db.table.deliveries, Item }));
  // Named for the delivery too, so that of many who come at once only one queues the look.
  const look = `${lookName(times.lookMs)}#${delivery.id}`;
  const gate = await changed(db, delivery, {
    UpdateExpression: "SET duePk = if_not_exists(duePk, :part), dueSk = if_not_exists(dueSk, :look) ADD parks :one",
    ExpressionAttributeValues: { ":part": duePartition(delivery.webhookId), ":look": look, ":one": 1 },
  });
  return gate?.look === look ? look : undefined;
}

/** A look is named by when a sweep takes its message for lost: then the sweep rings again. */
function lookName(lookMs: number): string {
  return duePlace(lookMs + lostLookMs);
}

/** Arranges the next look in place of the one named. Answers its name, or undefined where somebody else has already. */
export async function nextLook(
  db: LineDb,
  endpoint: EndpointRef,
  look: string,
  lookMs: number,
): Promise<string | undefined> {
  const next = lookName(lookMs);
  const update = {
    TableName: db.table.deliveries,
    Key: gatePlace(endpoint),
    UpdateExpression: "SET dueSk = :next",
    ConditionExpression: "dueSk = :look",
    ExpressionAttributeValues: { ":look": look, ":next": next },
  };
  // As a transaction: a lost answer does not look as if somebody else had arranged it, with nobody to queue it then.
  return (await transactIf(db, [{ Update: update }])) ? next : undefined;
}

/** Ends the looking, unless somebody joined the line since the gate was read. Answers whether it ended. */
export async function endLooks(db: LineDb, endpoint: EndpointRef, gate: Gate): Promise<boolean> {
  const ended = await changed(db, endpoint, {
    UpdateExpression: "REMOVE duePk, dueSk",
    ConditionExpression: "dueSk = :look AND parks = :parks",
    ExpressionAttributeValues: { ":look": gate.look ?? "", ":parks": gate.parks },
  });
  return ended !== undefined;
}

/** Who has waited longest. Read consistently: whoever joined is in it. */
export async function firstOfLine(db: LineDb, endpoint: EndpointRef, limit: number): Promise<Waiting[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.deliveries,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :waiting)",
      ExpressionAttributeValues: { ":pk": deliveryPartition(endpoint), ":waiting": "waiting#" },
      ConsistentRead: true,
      Limit: limit,
    }),
  );
  return (answer.Items ?? []).map(item => Waiting.parse(item));
}

/**
 * Takes a delivery out of the line; false where another took it first, or its try was made already. Its message is to
 * be sent after that: were it sent before, the delivery could be back in line already, and would be taken out for good.
 */
export async function leaveLine(
  db: LineDb,
  { tenantId, webhookId }: EndpointRef,
  { pk, sk, deliveryId, attempt }: Waiting,
  nowMs: number,
): Promise<boolean> {
  const waited = { tenantId, webhookId, id: deliveryId, nextAttempt: attempt };
  const isDue = await setDue(db, waited, nowMs + lostMessageMs);
  const ConditionExpression = "attribute_exists(pk)";
  // As a transaction, which its token makes safe to ask again: a lost answer does not look as if another had taken it.
  const isOurs = await transactIf(db, [
    { Delete: { TableName: db.table.deliveries, Key: { pk, sk }, ConditionExpression } },
  ]);
  return isOurs && isDue;
}

/** Says when a sweep is to look after a delivery; false where its try was made already. */
async function setDue(
  db: LineDb,
  delivery: EndpointRef & Pick<Delivery, "id" | "nextAttempt">,
  lookAtMs: number,
): Promise<boolean> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.deliveries,
        Key: { pk: deliveryPartition(delivery), sk: delivery.id },
        UpdateExpression: "SET duePk = :part, dueSk = :at",
        ConditionExpression: "nextAttempt = :attempt AND #status = :pending",
        ExpressionAttributeNames: { "#status": "status" },
        ExpressionAttributeValues: {
          ":part": duePartition(delivery.id),
          ":at": duePlace(lookAtMs),
          ":attempt": delivery.nextAttempt,
          ":pending": "pending",
        },
      }),
    );
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}
