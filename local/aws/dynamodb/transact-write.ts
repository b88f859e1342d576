import { createHash } from "node:crypto";
import dynalite, { type TableDescription } from "dynalite/db/index.js";
import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import { type ActionName, runAction, validated } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import type { TransactionTokens } from "./transaction-tokens.ts";
import { itemDbKey, WriteSet } from "./write-set.ts";

const itemsMax = 100;
const bytesMax = 4 * 1024 * 1024;

const Attributes = z.record(z.string(), z.record(z.string(), z.unknown()));
const Part = z.record(z.string(), z.unknown());
const TransactItem = z
  .object({ Put: Part.optional(), Update: Part.optional(), Delete: Part.optional(), ConditionCheck: Part.optional() })
  .refine(item => Object.values(item).filter(part => part !== undefined).length === 1);
const Request = z.object({
  TransactItems: z.array(TransactItem).min(1).max(itemsMax),
  ClientRequestToken: z.string().min(1).max(36).optional(),
});

/** One operation of a transaction, checked, with the key it locks (none where its key is invalid). */
interface Operation {
  readonly kind: "Put" | "Update" | "Delete" | "ConditionCheck";
  readonly action: ActionName;
  readonly data: JsonObject;
  readonly table: TableDescription;
  readonly key: string | undefined;
  readonly returnsOld: boolean;
}

type Reason = { readonly Code: string; readonly Message?: string; readonly Item?: unknown };

/**
 * TransactWriteItems (DynamoDB API reference): all of it or none, isolated from every other write by the locks of its
 * items and crash-safe because it is one batch. TransactionConflict never happens: the other side waits.
 */
export async function transactWrite(
  engine: DynamoEngine,
  tokens: TransactionTokens,
  input: JsonObject,
): Promise<JsonObject> {
  const request = parseRequest(input);
  const operations = await Promise.all(request.TransactItems.map(item => toOperation(engine, item)));
  const keys = operations.flatMap(({ table, key }) => (key === undefined ? [] : [itemDbKey(table.TableName, key)]));
  if (new Set(keys).size !== keys.length) {
    throw validationException("Transaction request cannot include multiple operations on one item");
  }
  const token = request.ClientRequestToken;
  const content = createHash("sha256").update(JSON.stringify(request.TransactItems)).digest("hex");
  return engine.locks.holding(token === undefined ? keys : [...keys, `token~${token}`], async () => {
    if (token !== undefined && tokens.has(token, content)) return {};
    const writes = await applied(engine, operations);
    if (token === undefined) await engine.commit(writes);
    else await tokens.committing(token, content, more => engine.commit(writes, more));
    return {};
  });
}

function parseRequest(input: JsonObject): z.infer<typeof Request> {
  const parsed = Request.safeParse(input);
  if (parsed.success) return parsed.data;
  const items = input.TransactItems;
  if (Array.isArray(items) && items.length > itemsMax) {
    throw validationException(
      `1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length less than or equal to ${itemsMax}`,
    );
  }
  if (!Array.isArray(items) || items.length === 0) {
    throw validationException(
      "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
  }
  throw validationException(
    "TransactItems can only contain one of Check, Put, Update or Delete, and ClientRequestToken has 1 to 36 characters",
  );
}

async function toOperation(engine: DynamoEngine, item: z.infer<typeof TransactItem>): Promise<Operation> {
  const { kind, action, part } = partOf(item);
  const { ReturnValuesOnConditionCheckFailure: onFailure, ...input } = part;
  if (kind === "Update" && input.UpdateExpression === undefined) {
    throw validationException("The update expression must not be null in a transaction");
  }
  if (kind === "ConditionCheck" && input.ConditionExpression === undefined) {
    throw validationException("The condition expression must not be null in a ConditionCheck");
  }
  const data = validated(action, input, engine.store);
  const {
    TableName: name,
    Key,
    Item,
  } = z.object({ TableName: z.string(), Key: Attributes.optional(), Item: Attributes.optional() }).parse(data);
  const table = await engine.table(name);
  return {
    kind,
    action,
    data,
    table,
    key: engine.itemKey(table, Key ?? Item ?? {}),
    returnsOld: onFailure === "ALL_OLD",
  };
}

function partOf(item: z.infer<typeof TransactItem>): Pick<Operation, "kind" | "action"> & { part: JsonObject } {
  if (item.Put !== undefined) return { kind: "Put", action: "PutItem", part: item.Put };
  if (item.Update !== undefined) return { kind: "Update", action: "UpdateItem", part: item.Update };
  if (item.Delete !== undefined) return { kind: "Delete", action: "DeleteItem", part: item.Delete };
  // A condition is checked by a deletion whose writes are thrown away.
  return { kind: "ConditionCheck", action: "DeleteItem", part: item.ConditionCheck ?? {} };
}

/** Runs all the operations over one write set. Throws TransactionCanceledException with a reason for each. */
async function applied(engine: DynamoEngine, operations: readonly Operation[]): Promise<WriteSet> {
  const writes = new WriteSet();
  const reasons: Reason[] = [];
  for (const operation of operations) {
    const into = operation.kind === "ConditionCheck" ? new WriteSet() : writes;
    reasons.push(await attempt(engine, operation, into));
  }
  if (reasons.some(reason => reason.Code !== "None")) throw cancelled(reasons);
  refuseTooLarge(writes);
  return writes;
}

async function attempt(engine: DynamoEngine, operation: Operation, into: WriteSet): Promise<Reason> {
  try {
    await runAction(operation.action, into.over(engine.store), operation.data);
    return { Code: "None" };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === "ValidationException") return { Code: "ValidationError", Message: error.message };
    if (error.code !== "ConditionalCheckFailedException") throw error;
    const before = operation.key === undefined ? undefined : into.before(operation.table.TableName, operation.key);
    const reason = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
    return operation.returnsOld && before !== undefined ? { ...reason, Item: before } : reason;
  }
}

function cancelled(reasons: readonly Reason[]): AwsError {
  const codes = reasons.map(reason => reason.Code).join(", ");
  return new AwsError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { members: { CancellationReasons: reasons } },
  );
}

function refuseTooLarge(writes: WriteSet): void {
  const bytes = writes
    .itemWrites()
    .reduce((sum, { before, after }) => sum + dynalite.itemSize(after ?? before ?? {}), 0);
  if (bytes > bytesMax) throw validationException("The aggregate size of the items in the transaction exceeds 4 MB");
}
