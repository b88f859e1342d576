import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { DeleteObjectsCommand, GetObjectCommand, PutObjectCommand, S3ServiceException } from "@aws-sdk/client-s3";
import type { MediaBucket } from "../domain/media/bucket.ts";
import { type FetchedFile, fetchFile } from "./fetch-file.ts";
import { type TemporaryFile, temporaryFile } from "./temporary-file.ts";

/** The files of messages, wherever they are; each comes through a file on disk, never through memory as a whole. */
export interface MediaFiles {
  /** A file of the bucket; undefined where there is none. */
  read(key: string, bytesMax: number): Promise<TemporaryFile | undefined>;
  store(key: string, file: Pick<TemporaryFile, "path" | "size">, mimetype: string): Promise<void>;
  /** Removes files of the bucket, at most a thousand, whether they are there or not. */
  remove(keys: readonly string[]): Promise<void>;
  /** A customer's file, by its address. */
  fetch(url: string): Promise<FetchedFile>;
}

export function mediaFiles({ client, name: Bucket }: MediaBucket, allowLoopback: boolean): MediaFiles {
  return {
    async read(Key, bytesMax) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
        if (!(Body instanceof Readable)) throw new Error("S3 answered no stream");
        return await temporaryFile(Body, { bytesMax });
      } catch (error) {
        // Who may not list a bucket is told 403 of a file that is not there (S3 API reference, GetObject).
        const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
        if (status === 403 || status === 404) return undefined;
        throw error;
      }
    },
    async store(Key, { path, size: ContentLength }, ContentType) {
      const Body = createReadStream(path);
      await client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength, ContentType }));
    },
    async remove(keys) {
      const Delete = { Objects: keys.map(Key => ({ Key })), Quiet: true };
      const { Errors = [] } = await client.send(new DeleteObjectsCommand({ Bucket, Delete }));
      if (Errors.length > 0) throw new Error(`S3 left ${Errors.length} files: ${Errors[0]?.Code}`);
    },
    fetch: url => fetchFile(url, { allowLoopback }),
  };
}
