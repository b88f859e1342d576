import { GetCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { transactIf } from "../dynamodb/transaction.ts";
import { type EventRow, eventRetentionDays, putEventRow } from "../event/log.ts";
import type { Person } from "../jid.ts";
import type { SessionRef } from "../session/session.ts";

const CallKind = z.enum(["audio", "video"]);
export type CallKind = z.infer<typeof CallKind>;

/** The `data` of a `call.received`: one says that somebody calls, and one that it is over, where WhatsApp says so. */
export interface CallData {
  readonly callId: string;
  readonly status: "offered" | "ended";
  readonly kind: CallKind;
  readonly from: Person;
  /** The group that is called; null for a call between two. */
  readonly groupId: string | null;
  readonly at: string;
}

type Owner = Pick<SessionRef, "id" | "tenantId">;
const partitionOf = (session: Owner, callId: string) => `${session.tenantId}#${session.id}#call#${callId}`;
const Noted = z.object({ kind: CallKind });

/** Whether a call was of sound or with pictures: only its offer says so. Undefined where no offer was seen. */
export async function kindOfCall(db: Db<"messages">, session: Owner, callId: string): Promise<CallKind | undefined> {
  const Key = { pk: partitionOf(session, callId), sk: "offered" };
  const found = await db.client.send(new GetCommand({ TableName: db.table.messages, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : Noted.parse(found.Item).kind;
}

/** Writes the event of a call, each status of it once however often WhatsApp says it. False where it was said. */
export async function noteCall(
  db: Db<"messages" | "events">,
  session: Owner,
  { callId, status, kind }: Pick<CallData, "callId" | "status" | "kind">,
  event: EventRow,
): Promise<boolean> {
  const note = {
    Put: {
      TableName: db.table.messages,
      Item: {
        pk: partitionOf(session, callId),
        sk: status,
        kind,
        // As long as the log that tells of it.
        ttl: Math.floor(Date.parse(event.event.createdAt) / 1_000) + eventRetentionDays * 86_400,
      },
      ConditionExpression: "attribute_not_exists(pk)",
    },
  };
  return transactIf(db, [note, putEventRow(db, event)]);
}
