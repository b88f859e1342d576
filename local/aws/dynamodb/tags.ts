import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { AwsError } from "../aws-error.ts";
import { validated } from "./actions.ts";
import { validationException } from "./dynamo-error.ts";
import type { DynamoEngine } from "./engine.ts";
import type { StoredTable } from "./stored-table.ts";
import { changeSettings } from "./tables.ts";

const Tag = z.object({ Key: z.string(), Value: z.string() });

export function tagResource(engine: DynamoEngine, input: JsonObject): JsonObject {
  if (typeof input.ResourceArn === "string" && !input.ResourceArn.startsWith("arn:")) {
    throw validationException(`Invalid TableArn: Invalid ResourceArn provided as input ${input.ResourceArn}`);
  }
  const Asked = z.object({ ResourceArn: z.string(), Tags: z.array(Tag) });
  const { ResourceArn, Tags } = Asked.parse(validated("TagResource", input, engine));
  const table = tableOf(engine, ResourceArn);
  const tags = Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]));
  changeSettings(engine, table, { tags: { ...table.settings.tags, ...tags } });
  return {};
}

export function untagResource(engine: DynamoEngine, input: JsonObject): JsonObject {
  const Asked = z.object({ ResourceArn: z.string(), TagKeys: z.array(z.string()) });
  const { ResourceArn, TagKeys } = Asked.parse(validated("UntagResource", input, engine));
  const table = tableOf(engine, ResourceArn);
  const left = Object.entries(table.settings.tags ?? {}).filter(([key]) => !TagKeys.includes(key));
  changeSettings(engine, table, { tags: Object.fromEntries(left) });
  return {};
}

export function listTagsOfResource(engine: DynamoEngine, input: JsonObject): JsonObject {
  const { ResourceArn } = z.object({ ResourceArn: z.string() }).parse(validated("ListTagsOfResource", input, engine));
  const tags = Object.entries(tableOf(engine, ResourceArn).settings.tags ?? {});
  return { Tags: tags.map(([Key, Value]) => ({ Key, Value })) };
}

function tableOf(engine: DynamoEngine, arn: string): StoredTable {
  const table = engine.findTable(arn.split("/").at(-1) ?? "");
  if (table !== undefined) return table;
  throw new AwsError("ResourceNotFoundException", `Requested resource not found: ResourcArn: ${arn} not found`);
}
