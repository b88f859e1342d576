import { HeadObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { DomainError } from "../error.ts";
import type { MediaBucket } from "./bucket.ts";
import { uploadKey } from "./object-key.ts";
import type { Upload } from "./upload.ts";

/** A file is named whose upload has not ended, or has not begun. */
export class UploadNotReady extends DomainError {
  override readonly name = "UploadNotReady";
  constructor() {
    super("media_not_ready", "The file has not been uploaded yet.");
  }
}

/** Throws UploadNotReady where the file of an upload is not in the bucket. */
export async function requireUploaded({ client, name: Bucket }: MediaBucket, upload: Pick<Upload, "tenantId" | "id">) {
  try {
    await client.send(new HeadObjectCommand({ Bucket, Key: uploadKey(upload) }));
  } catch (error) {
    // Who may not list a bucket is told 403 of a file that is not there (S3 API reference, HeadObject).
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 403 || status === 404) throw new UploadNotReady();
    throw error;
  }
}
