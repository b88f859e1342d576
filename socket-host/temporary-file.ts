import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { headBytes } from "../domain/media/kind.ts";

/** A file on this machine's disk for as long as it is needed: media never stands in memory as a whole. */
export interface TemporaryFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Its first bytes, to tell by what it is. */
  readonly head: Uint8Array;
  [Symbol.asyncDispose](): Promise<void>;
}

/** More bytes came than a file may have. */
export class FileTooLarge extends Error {
  override readonly name = "FileTooLarge";
  readonly code = "file_too_large";
}

/** Writes what streams in to a file, each chunk shown to `see` as it passes. Throws FileTooLarge beyond `bytesMax`. */
export async function temporaryFile(
  bytes: Readable,
  options: { readonly bytesMax: number; readonly see?: (chunk: Buffer) => void; readonly signal?: AbortSignal },
): Promise<TemporaryFile> {
  const path = join(tmpdir(), `wasaas-media-${randomUUID()}`);
  let size = 0;
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > options.bytesMax) throw new FileTooLarge(`the file has more than ${options.bytesMax} bytes`);
      options.see?.(chunk);
      yield chunk;
    }
  };
  try {
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    await pipeline(bytes, counted, createWriteStream(path, { mode: 0o600 }), signal);
    return { path, size, head: await headOf(path), [Symbol.asyncDispose]: () => rm(path, { force: true }) };
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

async function headOf(path: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
  return buffer.subarray(0, bytesRead);
}
