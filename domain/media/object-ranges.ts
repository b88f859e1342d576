import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { MediaBucket } from "./bucket.ts";

const rangeBytes = 4 * 1024 * 1024;

/** The bytes of a file of known size from a place on, a few megabytes at a time: no connection waits for its reader. */
export async function* objectRanges(
  { client, name: Bucket }: MediaBucket,
  file: { readonly key: string; readonly size: number },
  from: number,
): AsyncGenerator<Uint8Array> {
  for (let start = from; start < file.size; start += rangeBytes) {
    const Range = `bytes=${start}-${Math.min(start + rangeBytes, file.size) - 1}`;
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: file.key, Range }));
    if (Body === undefined) throw new Error("S3 answered a range without its bytes");
    yield await Body.transformToByteArray();
  }
}
