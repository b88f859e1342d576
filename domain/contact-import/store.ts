import { GetCommand, PutCommand, QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { type TransactItem, transactIf } from "../dynamodb/transaction.ts";
import { ContactImport, type ImportRef } from "./contact-import.ts";

type ImportsDb = Db<"imports">;

const keyOf = ({ tenantId, id }: ImportRef) => ({ pk: tenantId, sk: id });
const failuresPartition = ({ tenantId, id }: ImportRef) => `${tenantId}#${id}`;

const keptDays = 30;
const ttlOf = ({ createdAt }: Pick<ContactImport, "createdAt">) =>
  Math.floor(Date.parse(createdAt) / 1_000) + keptDays * 86_400;

/** Stores a new import; false where it is there already. */
export async function createImport(db: ImportsDb, fresh: ContactImport): Promise<boolean> {
  const Item = { ...fresh, ...keyOf(fresh), ttl: ttlOf(fresh) };
  const ConditionExpression = "attribute_not_exists(pk)";
  try {
    await db.client.send(new PutCommand({ TableName: db.table.imports, Item, ConditionExpression }));
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

/** Reads an import consistently, or undefined. */
export async function findImport(db: ImportsDb, ref: ImportRef): Promise<ContactImport | undefined> {
  const get = new GetCommand({ TableName: db.table.imports, Key: keyOf(ref), ConsistentRead: true });
  const { Item } = await db.client.send(get);
  return Item === undefined ? undefined : ContactImport.parse(Item);
}

/**
 * Takes an import one step on, with the text of the rows that failed in it and whatever else belongs into the same
 * transaction. Undefined where somebody else took the step: then everything of it is theirs.
 */
export async function takeStep(
  db: ImportsDb,
  before: ContactImport,
  change: Partial<ContactImport>,
  beside: { readonly failures?: string; readonly items?: readonly TransactItem[] } = {},
): Promise<ContactImport | undefined> {
  const { failures = "", items = [] } = beside;
  const failuresBytes = before.failuresBytes + Buffer.byteLength(failures);
  const after: ContactImport = { ...before, ...change, failuresBytes, step: before.step + 1 };
  const step: TransactItem = {
    Put: {
      TableName: db.table.imports,
      Item: { ...after, ...keyOf(after), ttl: ttlOf(after) },
      ConditionExpression: "#status = :running AND step = :step",
      ExpressionAttributeNames: { "#status": "status" },
      ExpressionAttributeValues: { ":running": "running", ":step": before.step },
    },
  };
  const written = [step, ...(failures === "" ? [] : [putFailures(db, before, failures)]), ...items];
  return (await transactIf(db, written)) ? after : undefined;
}

function putFailures(db: ImportsDb, held: ContactImport, failures: string): TransactItem {
  const key = { pk: failuresPartition(held), sk: String(held.step).padStart(8, "0") };
  return { Put: { TableName: db.table.imports, Item: { ...key, failures, ttl: ttlOf(held) } } };
}

const Failures = z.object({ failures: z.string() });

/** The texts of the rows that failed, in the order of the file. */
export async function* failuresOf(db: ImportsDb, ref: ImportRef): AsyncGenerator<string> {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const answer = await db.client.send(
      new QueryCommand({
        TableName: db.table.imports,
        KeyConditionExpression: "pk = :pk",
        ExpressionAttributeValues: { ":pk": failuresPartition(ref) },
        ConsistentRead: true,
        ExclusiveStartKey,
      }),
    );
    for (const item of answer.Items ?? []) yield Failures.parse(item).failures;
    ExclusiveStartKey = answer.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
}
