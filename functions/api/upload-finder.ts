import type { Db } from "../../domain/dynamodb/db.ts";
import { idOf } from "../../domain/id.ts";
import { findUpload } from "../../domain/media/store.ts";
import type { Upload } from "../../domain/media/upload.ts";
import { type Finder, finder } from "./finder.ts";

/** Finds a tenant's upload by its id, whether or not the file has come yet. */
export function uploadFinder(db: Db<"media">): Finder<Upload> {
  return finder(async (tenantId, [id = ""]) =>
    idOf("med").safeParse(id).success ? findUpload(db, tenantId, id) : undefined,
  );
}
