import { createHash } from "node:crypto";
import dynalite, { type Item } from "dynalite/db/index.js";
import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import { type ActionName, runAction, validated } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import { itemStore } from "./item-store.ts";
import type { ItemPlace } from "./item-tables.ts";
import {
  type CancellationReason,
  refuseRepeatedItems,
  transactionCancelled,
  transactionComplaint,
} from "./transaction-rules.ts";
import type { TransactionTokens } from "./transaction-tokens.ts";

const bytesMax = 4 * 1024 * 1024;

const Part = z.record(z.string(), z.unknown());
const TransactItem = z
  .object({ Put: Part.optional(), Update: Part.optional(), Delete: Part.optional(), ConditionCheck: Part.optional() })
  .refine(item => Object.values(item).filter(part => part !== undefined).length === 1);
const Request = z.object({
  TransactItems: z.array(TransactItem),
  ClientRequestToken: z.string().min(1).max(36).optional(),
});

/** One operation of a transaction, checked. */
interface Operation {
  readonly kind: "Put" | "Update" | "Delete" | "ConditionCheck";
  readonly action: ActionName;
  readonly data: JsonObject;
  /** Undefined where its key is not valid. */
  readonly place: ItemPlace | undefined;
  readonly returnsOld: boolean;
}

/**
 * TransactWriteItems (DynamoDB API reference): all of it or none, in one SQLite transaction that no other action can
 * come between. TransactionConflict never happens.
 */
export function transactWrite(engine: DynamoEngine, tokens: TransactionTokens, input: JsonObject): JsonObject {
  const request = parseRequest(input);
  const operations = request.TransactItems.map(item => toOperation(engine, item));
  refuseRepeatedItems(operations.map(({ place }) => place));
  const token = request.ClientRequestToken;
  const work = () => engine.database.atomically(() => apply(engine, operations));
  if (token === undefined) {
    work();
    return {};
  }
  const content = createHash("sha256").update(JSON.stringify(request.TransactItems)).digest("hex");
  if (!tokens.has(token, content)) tokens.doing(token, content, work);
  return {};
}

function parseRequest(input: JsonObject): z.infer<typeof Request> {
  const complaint = transactionComplaint(input.TransactItems);
  if (complaint !== undefined) throw validationException(complaint);
  const parsed = Request.safeParse(input);
  if (parsed.success) return parsed.data;
  throw validationException(
    "TransactItems can only contain one of Check, Put, Update or Delete, and ClientRequestToken has 1 to 36 characters",
  );
}

function toOperation(engine: DynamoEngine, item: z.infer<typeof TransactItem>): Operation {
  const { kind, action, part } = partOf(item);
  const { ReturnValuesOnConditionCheckFailure: onFailure, ...input } = part;
  if (kind === "Update" && input.UpdateExpression === undefined) {
    throw validationException("The update expression must not be null in a transaction");
  }
  if (kind === "ConditionCheck" && input.ConditionExpression === undefined) {
    throw validationException("The condition expression must not be null in a ConditionCheck");
  }
  const data = validated(action, input, engine);
  return { kind, action, data, place: engine.placeOf(data), returnsOld: onFailure === "ALL_OLD" };
}

function partOf(item: z.infer<typeof TransactItem>): Pick<Operation, "kind" | "action"> & { part: JsonObject } {
  if (item.Put !== undefined) return { kind: "Put", action: "PutItem", part: item.Put };
  if (item.Update !== undefined) return { kind: "Update", action: "UpdateItem", part: item.Update };
  if (item.Delete !== undefined) return { kind: "Delete", action: "DeleteItem", part: item.Delete };
  // A condition is checked by a deletion that writes nothing.
  return { kind: "ConditionCheck", action: "DeleteItem", part: item.ConditionCheck ?? {} };
}

/** Does all the operations. Throws TransactionCanceledException with a reason for each, and the caller rolls back. */
function apply(engine: DynamoEngine, operations: readonly Operation[]): void {
  const before = operations.map(({ place }) => place && engine.item(place));
  const reasons = operations.map((operation, position) => attempt(engine, operation, before[position]));
  if (reasons.some(reason => reason.Code !== "None")) throw transactionCancelled(reasons);
  const bytes = operations.reduce((sum, { kind, place }, position) => {
    const after = kind === "ConditionCheck" ? undefined : place && engine.item(place);
    return sum + dynalite.itemSize(after ?? before[position] ?? {});
  }, 0);
  if (bytes > bytesMax) throw validationException("The aggregate size of the items in the transaction exceeds 4 MB");
}

function attempt(engine: DynamoEngine, operation: Operation, before: Item | undefined): CancellationReason {
  try {
    const store = itemStore(engine, { writesNothing: operation.kind === "ConditionCheck" });
    runAction(operation.action, store, operation.data);
    return { Code: "None" };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.code === "ValidationException") return { Code: "ValidationError", Message: error.message };
    if (error.code !== "ConditionalCheckFailedException") throw error;
    const reason = { Code: "ConditionalCheckFailed", Message: "The conditional request failed" };
    return operation.returnsOld && before !== undefined ? { ...reason, Item: before } : reason;
  }
}
