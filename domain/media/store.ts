import { GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { Db } from "../dynamodb/db.ts";
import { Upload } from "./upload.ts";

const keyOf = ({ tenantId, id }: { tenantId: string; id: string }) => ({ pk: tenantId, sk: id });

/** Notes an upload that is about to come; it is forgotten when the bucket deletes the file, after `daysKept`. */
export async function saveUpload(db: Db<"media">, upload: Upload, daysKept: number): Promise<void> {
  const ttl = Math.floor(Date.parse(upload.createdAt) / 1_000) + daysKept * 86_400;
  const Item = { ...upload, ...keyOf(upload), ttl };
  await db.client.send(new PutCommand({ TableName: db.table.media, Item }));
}

/** A tenant's upload by its id, whether or not the file has come yet; or undefined. */
export async function findUpload(db: Db<"media">, tenantId: string, id: string): Promise<Upload | undefined> {
  const Key = keyOf({ tenantId, id });
  const found = await db.client.send(new GetCommand({ TableName: db.table.media, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : Upload.parse(found.Item);
}
