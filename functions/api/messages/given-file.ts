import { GetObjectCommand, PutObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import { ValidationFailed } from "../../../domain/error.ts";
import type { MediaBucket } from "../../../domain/media/bucket.ts";
import { faultOf, headBytes } from "../../../domain/media/kind.ts";
import { uploadKey } from "../../../domain/media/object-key.ts";
import { servedType } from "../../../domain/media/served-type.ts";
import type { Upload } from "../../../domain/media/upload.ts";
import { UploadNotReady } from "../../../domain/media/uploaded.ts";
import type { OutgoingMedia } from "../../../domain/message/outgoing-media.ts";
import type { SendMedia } from "./send-media-body.ts";

export type GivenFile = Pick<OutgoingMedia, "mimetype" | "size" | "file" | "filename">;

/**
 * The file that a request gives, in the bucket where it comes with the request or was uploaded. Throws where it is
 * known by now that it cannot be sent: a file to be fetched is looked at when it is.
 */
export async function givenFile(
  bucket: MediaBucket,
  body: Pick<SendMedia, "type" | "media" | "filename">,
  { upload, key }: { readonly upload: Upload | undefined; readonly key: string },
): Promise<GivenFile> {
  const { media, type } = body;
  const filename = body.filename ?? null;
  if ("url" in media) {
    const last = new URL(media.url).pathname.split("/").at(-1) ?? "";
    return { mimetype: null, size: null, filename: filename ?? nameIn(last), file: { at: "url", url: media.url } };
  }
  if ("base64" in media) {
    const bytes = Buffer.from(media.base64, "base64");
    requireFit(type, media.mimetype, bytes.subarray(0, headBytes), "body.media.base64");
    const { mimetype } = media;
    await bucket.client.send(
      new PutObjectCommand({
        Bucket: bucket.name,
        Key: key,
        Body: bytes,
        ContentType: servedType(mimetype, bytes.subarray(0, headBytes)),
      }),
    );
    return { mimetype, size: bytes.length, filename, file: { at: "bucket", key } };
  }
  if (upload === undefined) throw new Error("an upload was not resolved before it was used");
  const { mimetype, size } = upload;
  requireFit(type, mimetype, await headOf(bucket, uploadKey(upload)), "body.media.mediaId");
  return { mimetype, size, filename: filename ?? upload.filename, file: { at: "bucket", key: uploadKey(upload) } };
}

function requireFit(type: SendMedia["type"], mimetype: string, head: Uint8Array, path: string): void {
  const fault = faultOf(type, mimetype, head);
  if (fault !== undefined) throw new ValidationFailed([{ path, message: fault }]);
}

async function headOf({ client, name: Bucket }: MediaBucket, Key: string): Promise<Uint8Array> {
  try {
    const answer = await client.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=0-${headBytes - 1}` }));
    return (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
  } catch (error) {
    // Who may not list a bucket is told 403 of a file that is not there (S3 API reference, GetObject).
    const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
    if (status === 403 || status === 404) throw new UploadNotReady();
    throw error;
  }
}

/** The last part of an address, where it looks like a file's name. */
function nameIn(segment: string): string | null {
  return /^[\w.,%+ -]{1,255}\.[A-Za-z0-9]{1,8}$/.test(segment) ? segment : null;
}
