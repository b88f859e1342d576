import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, sep } from "node:path";
import { PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import * as z from "zod";
import type { Assembly } from "../../assembly/assembly.ts";
import { AssemblyError } from "../../assembly/assembly-error.ts";

const DeploymentProperties = z.object({
  DestinationBucketKeyPrefix: z.string().default(""),
  DestinationBucketName: z.string(),
  Exclude: z.never().optional(),
  Include: z.never().optional(),
  SourceObjectKeys: z.array(z.string()),
});

// What the AWS CLI, which does this on AWS, guesses from a file's name.
const contentTypes: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".ico": "image/vnd.microsoft.icon",
  ".js": "text/javascript",
  ".json": "application/json",
  ".map": "application/json",
  ".mjs": "text/javascript",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

/** Does the work of CDK's BucketDeployment: copies the files of its sources into the bucket. */
export async function deployFiles(
  s3: S3Client,
  assembly: Assembly,
  properties: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { SourceObjectKeys, DestinationBucketName, DestinationBucketKeyPrefix } =
    DeploymentProperties.parse(properties);
  for (const sourceKey of SourceObjectKeys) {
    const directory = assembly.assets.files.get(sourceKey);
    if (directory === undefined) throw new AssemblyError(`the files ${sourceKey} are not among the assets`);
    const entries = await readdir(directory, { recursive: true, withFileTypes: true });
    for (const entry of entries.filter(one => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      const name = relative(directory, path).split(sep).join("/");
      await s3.send(
        new PutObjectCommand({
          Bucket: DestinationBucketName,
          Key: DestinationBucketKeyPrefix === "" ? name : `${DestinationBucketKeyPrefix}/${name}`,
          Body: await readFile(path),
          ContentType: contentTypes[extname(name)] ?? "application/octet-stream",
        }),
      );
    }
  }
}
