import { Stack, Validations } from "aws-cdk-lib";
import * as iam from "aws-cdk-lib/aws-iam";
import type { IConstruct } from "constructs";
import * as z from "zod";
import { mediaFolders } from "../domain/media/object-key.ts";
import type { MediaBucket } from "./media-bucket.ts";

type ObjectAction = "GetObject" | "PutObject" | "DeleteObject";

/** What a program may do with the files of each folder of the media bucket. */
export type MediaAccess = Readonly<Partial<Record<keyof typeof mediaFolders, readonly ObjectAction[]>>>;

const Import = z.object({ "Fn::ImportValue": z.string() });

/** Grants folder by folder. Nobody may list the bucket, so that a missing file answers 403. */
export function grantMedia(grantee: iam.IGrantable & IConstruct, bucket: MediaBucket, access: MediaAccess): void {
  const arn = Stack.of(bucket).exportValue(bucket.bucketArn);
  const { "Fn::ImportValue": shown } = Import.parse(Stack.of(grantee).resolve(arn));
  for (const folder of ["uploads", "messages", "imports"] as const) {
    const actions = (access[folder] ?? []).map(action => `s3:${action}`);
    if (actions.length === 0) continue;
    const files = `/${mediaFolders[folder]}/*`;
    iam.Grant.addToPrincipal({ grantee, actions, resourceArns: [`${arn}${files}`] });
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions-IAM5[Resource::${shown}${files}]`,
      reason: "A file is named when it comes: what is granted is one folder of the media bucket, action by action.",
    });
  }
}
