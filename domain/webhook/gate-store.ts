import { GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { attemptRetentionDays, DeliveryRef } from "./delivery.ts";
import { deliveryPartition } from "./delivery-store.ts";
import { type Gate, newGate, type Pace, pauseAfter, slotLeaseMs, slotsLimit, widthAfter } from "./gate.ts";

/** Sort key of an endpoint's gate, beside its deliveries. */
export const gateKey = "gate";

export type EndpointRef = Pick<DeliveryRef, "tenantId" | "webhookId">;

/** A try that is inside: the slot that it holds, and until when. */
export interface Entered {
  readonly slot: number;
  readonly leaseUntilMs: number;
  /** The gate as it was then. */
  readonly gate: Gate;
}

type GateDb = Db<"deliveries">;

/** A gate as it is stored; each slot's lease is an attribute of its own, so that two tries never meet on one. */
export const GateRow = z.object({
  width: z.int().optional(),
  timeouts: z.int().optional(),
  shutUntilMs: z.int().optional(),
  pauseMs: z.int().optional(),
  parks: z.int().optional(),
  dueSk: z.string().optional(),
  ...Object.fromEntries(Array.from({ length: slotsLimit }, (_, slot) => [slotName(slot), z.int().optional()])),
});

function slotName(slot: number): string {
  return `slot${slot}`;
}

function gateOf(item: unknown): Gate {
  const row = GateRow.parse(item);
  const { width = newGate.width, timeouts = 0, shutUntilMs, pauseMs = 0, parks = 0, dueSk: look = null } = row;
  const leases = Array.from({ length: slotsLimit }, (_, slot) =>
    z
      .int()
      .optional()
      .parse(Reflect.get(row, slotName(slot))),
  );
  return {
    width,
    timeouts,
    shut: shutUntilMs === undefined ? null : { untilMs: shutUntilMs, pauseMs },
    leases,
    parks,
    look,
  };
}

/** Reads an endpoint's gate consistently; one that was never entered is as new. */
export async function readGate(db: GateDb, endpoint: EndpointRef): Promise<Gate> {
  const found = await db.client.send(
    new GetCommand({ TableName: db.table.deliveries, Key: gatePlace(endpoint), ConsistentRead: true }),
  );
  return found.Item === undefined ? newGate : gateOf(found.Item);
}

/** The key of an endpoint's gate. */
export function gatePlace(endpoint: EndpointRef) {
  return { pk: deliveryPartition(endpoint), sk: gateKey };
}

/** Whose gate a row is, by its key. */
export function endpointOf({ pk }: { readonly pk: string }): EndpointRef {
  const [tenantId, webhookId] = pk.split("#");
  return DeliveryRef.pick({ tenantId: true, webhookId: true }).parse({ tenantId, webhookId });
}

/** Takes a slot, or answers undefined where somebody else was quicker or the gate has shut since it was read. */
export async function enterGate(
  db: GateDb,
  endpoint: EndpointRef,
  { gate, slot }: { gate: Gate; slot: number },
  nowMs: number,
): Promise<Entered | undefined> {
  const leaseUntilMs = nowMs + slotLeaseMs;
  const stillSo = gate.shut === null ? "attribute_not_exists(shutUntilMs)" : "shutUntilMs = :shut";
  const entered = await changed(db, endpoint, {
    UpdateExpression: "SET #slot = :lease, #ttl = :ttl",
    ConditionExpression: `(attribute_not_exists(#slot) OR #slot <= :now) AND ${stillSo}`,
    ExpressionAttributeNames: { "#slot": slotName(slot), "#ttl": "ttl" },
    ExpressionAttributeValues: {
      ":lease": leaseUntilMs,
      ":now": nowMs,
      ":ttl": Math.floor(nowMs / 1_000) + attemptRetentionDays * 86_400,
      ...(gate.shut === null ? {} : { ":shut": gate.shut.untilMs }),
    },
  });
  return entered === undefined ? undefined : { slot, leaseUntilMs, gate: entered };
}

/**
 * Gives a slot back and keeps what the try told of the endpoint's pace: an answer opens the gate, time-outs shut it.
 * Answers the gate as it is then, or undefined where the slot was given up for dead meanwhile.
 */
export async function leaveGate(
  db: GateDb,
  endpoint: EndpointRef,
  entered: Entered,
  told: { pace: Pace; slotsMax: number; nowMs: number },
): Promise<Gate | undefined> {
  const width = widthAfter(entered.gate.width, told.pace, told.slotsMax);
  const timedOut = told.pace === "timed out";
  const gate = await changed(db, endpoint, {
    UpdateExpression: timedOut
      ? "SET width = :width, timeouts = if_not_exists(timeouts, :none) + :one REMOVE #slot"
      : "SET width = :width, timeouts = :none REMOVE #slot, shutUntilMs, pauseMs",
    ConditionExpression: "#slot = :lease",
    ExpressionAttributeNames: { "#slot": slotName(entered.slot) },
    ExpressionAttributeValues: {
      ":width": width,
      ":lease": entered.leaseUntilMs,
      ":none": 0,
      ...(timedOut ? { ":one": 1 } : {}),
    },
  });
  if (gate === undefined || !timedOut) return gate;
  // Tries that were inside when the gate shut tell nothing new: only its probe shuts it again.
  if (gate.shut !== null && gate.shut.untilMs !== entered.gate.shut?.untilMs) return gate;
  const pauseMs = pauseAfter(gate);
  return pauseMs === undefined ? gate : ((await shut(db, endpoint, gate, told.nowMs + pauseMs, pauseMs)) ?? gate);
}

function shut(db: GateDb, endpoint: EndpointRef, gate: Gate, untilMs: number, pauseMs: number) {
  return changed(db, endpoint, {
    UpdateExpression: "SET shutUntilMs = :until, pauseMs = :pause",
    ConditionExpression: gate.shut === null ? "attribute_not_exists(shutUntilMs)" : "shutUntilMs = :seen",
    ExpressionAttributeValues: {
      ":until": untilMs,
      ":pause": pauseMs,
      ...(gate.shut === null ? {} : { ":seen": gate.shut.untilMs }),
    },
  });
}

/** Opens a shut gate: the customer changed the endpoint. Answers it, or undefined where it was not shut. */
export function openGate(db: GateDb, endpoint: EndpointRef): Promise<Gate | undefined> {
  return changed(db, endpoint, {
    UpdateExpression: "SET timeouts = :none REMOVE shutUntilMs, pauseMs",
    ConditionExpression: "attribute_exists(shutUntilMs)",
    ExpressionAttributeValues: { ":none": 0 },
  });
}

/** Changes a gate and answers it as it is then; undefined where the condition does not hold. */
export async function changed(
  db: GateDb,
  endpoint: EndpointRef,
  change: Pick<
    UpdateCommand["input"],
    "UpdateExpression" | "ConditionExpression" | "ExpressionAttributeNames" | "ExpressionAttributeValues"
  >,
): Promise<Gate | undefined> {
  const Key = gatePlace(endpoint);
  const command = new UpdateCommand({ TableName: db.table.deliveries, Key, ...change, ReturnValues: "ALL_NEW" });
  try {
    return gateOf((await db.client.send(command)).Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}
