import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { validationException } from "./dynamo-error.ts";

const batchKeysMax = 100;
const batchWritesMax = 25;

const Searched = z.object({
  Limit: z.number().optional(),
  Select: z.string().optional(),
  ProjectionExpression: z.string().optional(),
  AttributesToGet: z.array(z.string()).optional(),
  Segment: z.number().optional(),
  TotalSegments: z.number().optional(),
});
const BatchGet = z.object({ RequestItems: z.record(z.string(), z.object({ Keys: z.array(z.unknown()) })) });
const BatchWrite = z.object({ RequestItems: z.record(z.string(), z.array(z.unknown())) });

/**
 * What DynamoDB refuses and dynalite lets pass, or refuses in other words. The words are those of the public suite
 * nubo-db/dynamodb-conformance, whose tests pass against DynamoDB itself. A request of the wrong types is left to
 * dynalite's own checks. Throws ValidationException.
 */
export function checkRequest(operation: string, input: JsonObject): void {
  const message = complaint(operation, input);
  if (message !== undefined) throw validationException(message);
}

function complaint(operation: string, input: JsonObject): string | undefined {
  switch (operation) {
    case "Query":
    case "Scan":
      return searchComplaint(operation, Searched.safeParse(input).data ?? {});
    case "BatchGetItem":
      return batchGetComplaint(BatchGet.safeParse(input).data);
    case "BatchWriteItem":
      return batchWriteComplaint(BatchWrite.safeParse(input).data);
    case "CreateTable":
      return tableNameComplaint(input.TableName);
    default:
      return input.TableName === ""
        ? "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 1"
        : undefined;
  }
}

function searchComplaint(operation: "Query" | "Scan", input: z.infer<typeof Searched>): string | undefined {
  if (operation === "Query" && input.Limit !== undefined && input.Limit < 1) {
    return "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1";
  }
  if (operation === "Scan" && input.Segment !== undefined && input.TotalSegments === undefined) {
    return "The TotalSegments parameter is required but was not present in the request when Segment parameter is present";
  }
  const names = input.ProjectionExpression ?? input.AttributesToGet;
  return input.Select === "SPECIFIC_ATTRIBUTES" && names === undefined
    ? "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
    : undefined;
}

function batchGetComplaint(input: z.infer<typeof BatchGet> | undefined): string | undefined {
  const tables = Object.entries(input?.RequestItems ?? {});
  if (input !== undefined && tables.length === 0) return "The requestItems parameter is required for BatchGetItem";
  const [crowded] = tables.filter(([, { Keys }]) => Keys.length > batchKeysMax);
  return crowded === undefined
    ? undefined
    : `1 validation error detected: Value at 'RequestItems.${crowded[0]}.member.Keys' failed to satisfy constraint: Member must have length less than or equal to ${batchKeysMax}`;
}

function batchWriteComplaint(input: z.infer<typeof BatchWrite> | undefined): string | undefined {
  const tables = Object.entries(input?.RequestItems ?? {});
  if (input !== undefined && tables.length === 0) return "The requestItems parameter is required for BatchWriteItem";
  const [crowded] = tables.filter(([, writes]) => writes.length > batchWritesMax);
  return crowded === undefined
    ? undefined
    : `1 validation error detected: Value '{${crowded[0]}=[${crowded[1].length} write requests]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than or equal to ${batchWritesMax}, Member must have length greater than or equal to 1]`;
}

function tableNameComplaint(name: unknown): string | undefined {
  if (name === undefined || name === null)
    return "The parameter 'TableName' is required but was not present in the request";
  if (typeof name !== "string" || name.length >= 3) return undefined;
  return `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: Member must have length greater than or equal to 3`;
}
