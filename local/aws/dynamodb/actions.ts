import batchGetItem from "dynalite/actions/batchGetItem.js";
import batchWriteItem from "dynalite/actions/batchWriteItem.js";
import deleteItem from "dynalite/actions/deleteItem.js";
import getItem from "dynalite/actions/getItem.js";
import putItem from "dynalite/actions/putItem.js";
import query from "dynalite/actions/query.js";
import scan from "dynalite/actions/scan.js";
import updateItem from "dynalite/actions/updateItem.js";
import type { Store } from "dynalite/db/index.js";
import batchGetItemRules from "dynalite/validations/batchGetItem.js";
import batchWriteItemRules from "dynalite/validations/batchWriteItem.js";
import createTableRules from "dynalite/validations/createTable.js";
import deleteItemRules from "dynalite/validations/deleteItem.js";
import deleteTableRules from "dynalite/validations/deleteTable.js";
import describeTableRules from "dynalite/validations/describeTable.js";
import getItemRules from "dynalite/validations/getItem.js";
import validations from "dynalite/validations/index.js";
import listTablesRules from "dynalite/validations/listTables.js";
import listTagsOfResourceRules from "dynalite/validations/listTagsOfResource.js";
import putItemRules from "dynalite/validations/putItem.js";
import queryRules from "dynalite/validations/query.js";
import scanRules from "dynalite/validations/scan.js";
import tagResourceRules from "dynalite/validations/tagResource.js";
import untagResourceRules from "dynalite/validations/untagResource.js";
import updateItemRules from "dynalite/validations/updateItem.js";
import type { JsonObject } from "../aws-call.ts";
import { fromDynalite } from "./dynamo-error.ts";
import { itemStore } from "./item-store.ts";
import type { ItemTables } from "./item-tables.ts";
import { checkRequest } from "./request-checks.ts";

const rules = {
  BatchGetItem: batchGetItemRules,
  BatchWriteItem: batchWriteItemRules,
  CreateTable: createTableRules,
  DeleteItem: deleteItemRules,
  DeleteTable: deleteTableRules,
  DescribeTable: describeTableRules,
  GetItem: getItemRules,
  ListTables: listTablesRules,
  ListTagsOfResource: listTagsOfResourceRules,
  PutItem: putItemRules,
  Query: queryRules,
  Scan: scanRules,
  TagResource: tagResourceRules,
  UntagResource: untagResourceRules,
  UpdateItem: updateItemRules,
} as const;

const actions = {
  BatchGetItem: batchGetItem,
  BatchWriteItem: batchWriteItem,
  DeleteItem: deleteItem,
  GetItem: getItem,
  PutItem: putItem,
  Query: query,
  Scan: scan,
  UpdateItem: updateItem,
} as const;

export type CheckedName = keyof typeof rules;
export type ActionName = keyof typeof actions;

/**
 * The input with types and constraints checked and expressions parsed, ready for `runAction`.
 * Throws AwsError (ValidationException, SerializationException).
 */
export function validated(name: CheckedName, input: JsonObject, engine: ItemTables): JsonObject {
  checkRequest(name, input);
  const { types, custom } = rules[name];
  try {
    const data = validations.checkTypes({ ...input }, types);
    validations.checkValidations(data, types, custom, itemStore(engine));
    return data;
  } catch (error) {
    throw fromDynalite(error);
  }
}

/** Runs one of dynalite's actions over a store that answers at once. Throws AwsError for what DynamoDB refuses. */
export function runAction(name: ActionName, store: Store, data: JsonObject): JsonObject {
  const output = startAction(name, store, data);
  if (output === undefined) throw new Error(`dynalite's ${name} did not answer before it returned`);
  return output;
}

/** The same for an action that may wait for a range of items: undefined then, once all of its checks have passed. */
export function startAction(name: ActionName, store: Store, data: JsonObject): JsonObject | undefined {
  let failure: { readonly error: unknown } | undefined;
  let answer: JsonObject | undefined;
  actions[name](store, data, (error, output) => {
    if (error) failure = { error };
    else answer = output ?? {};
  });
  if (failure !== undefined) throw fromDynalite(failure.error);
  return answer;
}
