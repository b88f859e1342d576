import { DeleteCommand, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isoTime } from "../clock.ts";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import { newestFirst } from "../dynamodb/newest-first.ts";
import type { Cursors, Page } from "../page.ts";
import { StoredTemplate, type TemplateDraft } from "./template.ts";

type TemplatesDb = Db<"templates">;
type TemplateRef = Pick<StoredTemplate, "tenantId" | "id">;
const keyOf = ({ tenantId, id }: TemplateRef) => ({ pk: tenantId, sk: id });

export async function storeTemplate(db: TemplatesDb, template: StoredTemplate): Promise<void> {
  const Item = { ...template, ...keyOf(template) };
  const ConditionExpression = "attribute_not_exists(pk)";
  await db.client.send(new PutCommand({ TableName: db.table.templates, Item, ConditionExpression }));
}

/** Reads a template consistently, or undefined. */
export async function findTemplate(db: TemplatesDb, ref: TemplateRef): Promise<StoredTemplate | undefined> {
  const get = new GetCommand({ TableName: db.table.templates, Key: keyOf(ref), ConsistentRead: true });
  const { Item } = await db.client.send(get);
  return Item === undefined ? undefined : StoredTemplate.parse(Item);
}

/** A tenant's templates, newest first. */
export function listTemplates(
  db: TemplatesDb,
  tenantId: string,
  page: { limit: number; cursor?: string | undefined; cursors: Cursors },
): Promise<Page<StoredTemplate>> {
  return newestFirst(db, { table: db.table.templates, tenantId, schema: StoredTemplate }, page);
}

/** Puts another text in a template's place. Answers it as it is then, or undefined where it is gone. */
export async function replaceTemplate(
  db: TemplatesDb,
  ref: TemplateRef,
  { name, body, media }: TemplateDraft,
  nowMs: number,
): Promise<StoredTemplate | undefined> {
  try {
    const answer = await db.client.send(
      new UpdateCommand({
        TableName: db.table.templates,
        Key: keyOf(ref),
        UpdateExpression: "SET #name = :name, body = :body, media = :media, updatedAt = :at",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeNames: { "#name": "name" },
        ExpressionAttributeValues: { ":name": name, ":body": body, ":media": media, ":at": isoTime(nowMs) },
        ReturnValues: "ALL_NEW",
      }),
    );
    return StoredTemplate.parse(answer.Attributes);
  } catch (error) {
    if (isConditionFailed(error)) return undefined;
    throw error;
  }
}

/** Deletes a template; messages made of it keep their text. False where it is gone already. */
export async function deleteTemplate(db: TemplatesDb, ref: TemplateRef): Promise<boolean> {
  const command = new DeleteCommand({ TableName: db.table.templates, Key: keyOf(ref), ReturnValues: "ALL_OLD" });
  return (await db.client.send(command)).Attributes !== undefined;
}
