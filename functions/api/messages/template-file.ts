import type { Db } from "../../../domain/dynamodb/db.ts";
import { ValidationFailed } from "../../../domain/error.ts";
import type { MediaBucket } from "../../../domain/media/bucket.ts";
import { findUpload } from "../../../domain/media/store.ts";
import type { OutgoingMedia } from "../../../domain/message/outgoing-media.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import { type GivenFile, givenFile } from "./given-file.ts";

export type SharedFile = GivenFile & Pick<OutgoingMedia, "type">;

/**
 * The file that a template's messages carry, or undefined where it has none. Throws ValidationFailed where it was an
 * upload that is not kept any more, UploadNotReady where it never came.
 */
export async function templateFile(
  { db, bucket }: { readonly db: Db<"media">; readonly bucket: MediaBucket },
  template: Pick<StoredTemplate, "tenantId" | "media"> | undefined,
): Promise<SharedFile | undefined> {
  if (template === undefined || template.media === null) return undefined;
  const { type, url, mediaId, filename } = template.media;
  const given = { type, filename: filename ?? undefined };
  if (mediaId === null) {
    return {
      type,
      ...(await givenFile(bucket, { ...given, media: { url: url ?? "" } }, { upload: undefined, key: "" })),
    };
  }
  const upload = await findUpload(db, template.tenantId, mediaId);
  if (upload === undefined) {
    throw new ValidationFailed([{ path: "body.template.id", message: "has a file that is not kept any more" }]);
  }
  return { type, ...(await givenFile(bucket, { ...given, media: { mediaId } }, { upload, key: "" })) };
}
