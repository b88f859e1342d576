import { GetObjectCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { getSignedUrl } from "@aws-sdk/s3-request-presigner";
import { servedType } from "../../domain/media/served-type.ts";

/** A file in the media bucket, to download. */
export interface Download {
  readonly key: string;
  readonly mimetype: string;
  readonly filename: string;
}

/** Addresses into the media bucket that work for a while without an API key, and for one file alone. */
export interface SignedMedia {
  upload(file: { readonly key: string; readonly size: number }, seconds: number): Promise<string>;
  download(file: Download, seconds: number): Promise<string>;
}

/** `s3` must add no checksum by itself: the one of nothing would be signed into an upload's address. */
export function signedMedia(s3: S3Client, Bucket: string): SignedMedia {
  return {
    upload: ({ key: Key, size: ContentLength }, expiresIn) =>
      getSignedUrl(s3, new PutObjectCommand({ Bucket, Key, ContentLength }), {
        expiresIn,
        // Signed, and as a header: S3 then takes a file of this length and no other.
        unhoistableHeaders: new Set(["content-length"]),
      }),
    download: ({ key: Key, mimetype, filename }, expiresIn) => {
      // Whatever it holds, a browser saves it: no customer's file runs as a page of the bucket.
      const ResponseContentDisposition = `attachment; filename*=UTF-8''${encodeRfc5987(filename)}`;
      const ResponseContentType = servedType(mimetype);
      const command = new GetObjectCommand({ Bucket, Key, ResponseContentType, ResponseContentDisposition });
      return getSignedUrl(s3, command, { expiresIn });
    },
  };
}

/** RFC 5987 takes fewer characters as they are than encodeURIComponent leaves. */
function encodeRfc5987(text: string): string {
  return encodeURIComponent(text).replace(/['()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
}
