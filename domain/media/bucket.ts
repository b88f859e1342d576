import { S3Client } from "@aws-sdk/client-s3";

/** The bucket of media, and a client for it. */
export interface MediaBucket {
  readonly client: S3Client;
  readonly name: string;
}

/**
 * One client a process. Checksums are S3's to make where it wants one: the SDK's own would be signed into upload
 * addresses, of a body that is not there yet. `requestTimeoutMs` covers silence, not the whole of a large file.
 */
export function openMediaBucket(name: string, options: { requestTimeoutMs?: number } = {}): MediaBucket {
  const client = new S3Client({
    maxAttempts: 3,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: 1_000, socketTimeout: options.requestTimeoutMs ?? 5_000 },
  });
  return { client, name };
}
