import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import type { Authorization, ConditionContext, Partition } from "./authorization.ts";

/** The names of a table's key attributes, partition key first. */
export type KeyNames = (table: string) => readonly string[] | undefined;

// Only one attribute of an item is looked at: the others are not copied to be checked.
const Attributes = z.custom<Record<string, unknown>>(value => typeof value === "object" && value !== null);
const AttributeValue = z.record(z.string(), z.unknown()).optional();
const Addressed = z.object({
  TableName: z.string(),
  IndexName: z.string().optional(),
  Key: Attributes.optional(),
  Item: Attributes.optional(),
  KeyConditionExpression: z.string().optional(),
  ExpressionAttributeNames: z.record(z.string(), z.string()).optional(),
  ExpressionAttributeValues: Attributes.optional(),
});
type Addressed = z.infer<typeof Addressed>;

const Transaction = z.object({ TransactItems: z.array(z.record(z.string(), Addressed)) });
const BatchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(Attributes) })) });
const BatchWrite = z.object({
  RequestItems: z.record(
    z.string(),
    z.array(
      z.object({
        PutRequest: z.object({ Item: Attributes }).optional(),
        DeleteRequest: z.object({ Key: Attributes }).optional(),
      }),
    ),
  ),
});

const transactActions: Readonly<Record<string, string>> = {
  Put: "PutItem",
  Update: "UpdateItem",
  Delete: "DeleteItem",
  ConditionCheck: "ConditionCheckItem",
  Get: "GetItem",
};

/**
 * What a DynamoDB call needs: the item's own action for each part of a transaction, the batch's action for each table
 * of a batch, the index's ARN for a query or scan of an index (service authorization reference, DynamoDB).
 * `dynamodb:LeadingKeys` holds the partition key values that the call names; a Scan has none.
 */
export function dynamodbAuthorizations(
  operation: string,
  input: JsonObject,
  where: Partition,
  keyNames: KeyNames,
): readonly Authorization[] {
  const arn = (table: string, index?: string) =>
    `arn:aws:dynamodb:${where.region}:${where.accountId}:table/${table}${index === undefined ? "" : `/index/${index}`}`;
  const one = (action: string, part: Addressed): Authorization => ({
    action: `dynamodb:${action}`,
    resource: arn(part.TableName, part.IndexName),
    context: leadingKeys(part, keyNames),
  });
  switch (operation) {
    case "TransactWriteItems":
    case "TransactGetItems": {
      const parts = Transaction.parse(input).TransactItems.flatMap(item => Object.entries(item));
      return parts.map(([kind, part]) => one(transactActions[kind] ?? kind, part));
    }
    case "BatchGetItem": {
      const items = Object.entries(BatchGet.parse(input).RequestItems);
      return items.flatMap(([TableName, { Keys }]) => Keys.map(Key => one(operation, { TableName, Key })));
    }
    case "BatchWriteItem": {
      const items = Object.entries(BatchWrite.parse(input).RequestItems);
      return items.flatMap(([TableName, writes]) =>
        writes.map(write =>
          one(operation, { TableName, Key: write.PutRequest?.Item ?? write.DeleteRequest?.Key ?? {} }),
        ),
      );
    }
    case "ListTables":
      return [{ action: "dynamodb:ListTables", resource: "*" }];
    case "TagResource":
    case "UntagResource":
    case "ListTagsOfResource":
      return [{ action: `dynamodb:${operation}`, resource: z.string().parse(input.ResourceArn) }];
    default:
      return [one(operation, Addressed.parse(input))];
  }
}

function leadingKeys(part: Addressed, keyNames: KeyNames): ConditionContext {
  if (part.Key === undefined && part.Item === undefined && part.KeyConditionExpression === undefined) return new Map();
  const [partitionKey] = part.IndexName === undefined ? (keyNames(part.TableName) ?? []) : [];
  if (partitionKey === undefined) return new Map();
  const value = AttributeValue.parse((part.Key ?? part.Item)?.[partitionKey] ?? queriedKey(part, partitionKey));
  const text = Object.values(value ?? {})[0];
  return typeof text === "string" ? new Map([["dynamodb:leadingkeys", [text]]]) : new Map();
}

/** The value that a key condition compares the partition key with: `pk = :pk`, `#pk = :pk` or the other way round. */
function queriedKey(part: Addressed, partitionKey: string): unknown {
  const condition = part.KeyConditionExpression ?? "";
  for (const match of condition.matchAll(/(?:([#\w.-]+)\s*=\s*(:\w+)|(:\w+)\s*=\s*([#\w.-]+))/g)) {
    const name = match[1] ?? match[4] ?? "";
    const value = match[2] ?? match[3] ?? "";
    if ((part.ExpressionAttributeNames?.[name] ?? name) === partitionKey)
      return part.ExpressionAttributeValues?.[value];
  }
  return undefined;
}
