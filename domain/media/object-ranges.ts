import { GetObjectCommand } from "@aws-sdk/client-s3";
import type { MediaBucket } from "./bucket.ts";

const rangeBytes = 4 * 1024 * 1024;
/** A reader that makes much of each byte gets no more of them at once. */
const pieceBytes = 65_536;

/**
 * The bytes of a file of known size from a place on, in small pieces. They are fetched a few megabytes at a time, so that
 * no connection waits for its reader.
 */
export async function* objectRanges(
  { client, name: Bucket }: MediaBucket,
  file: { readonly key: string; readonly size: number },
  from: number,
): AsyncGenerator<Uint8Array> {
  for (let start = from; start < file.size; start += rangeBytes) {
    const Range = `bytes=${start}-${Math.min(start + rangeBytes, file.size) - 1}`;
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: file.key, Range }));
    if (Body === undefined) throw new Error("S3 answered a range without its bytes");
    const bytes = await Body.transformToByteArray();
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
  }
}
