import { BucketAlreadyExists, BucketAlreadyOwnedByYou, CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";
import * as z from "zod";
import type { CorsRule } from "../../aws/bucket-cors.ts";

export async function makeBucket(s3: S3Client, Bucket: string): Promise<void> {
  try {
    await s3.send(new CreateBucketCommand({ Bucket }));
  } catch (error) {
    // It is ours from the last start: nobody else makes buckets here.
    if (!(error instanceof BucketAlreadyOwnedByYou || error instanceof BucketAlreadyExists)) throw error;
  }
}

const Names = z.array(z.string());
const Bucket = z.object({
  CorsConfiguration: z
    .object({
      CorsRules: z.array(
        z.object({
          AllowedOrigins: Names,
          AllowedMethods: Names,
          AllowedHeaders: Names.default([]),
          ExposedHeaders: Names.default([]),
          MaxAge: z.coerce.number().optional(),
        }),
      ),
    })
    .optional(),
});

/** The CORS rules in the properties of an AWS::S3::Bucket, in their order. */
export function corsRulesOf(properties: unknown): readonly CorsRule[] {
  const rules = Bucket.parse(properties).CorsConfiguration?.CorsRules ?? [];
  return rules.map(rule => ({
    allowedOrigins: rule.AllowedOrigins,
    allowedMethods: rule.AllowedMethods,
    allowedHeaders: rule.AllowedHeaders,
    exposedHeaders: rule.ExposedHeaders,
    maxAgeSeconds: rule.MaxAge,
  }));
}
