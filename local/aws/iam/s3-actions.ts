import { s3Target } from "../s3-operations.ts";
import { headerOf, queryPairs, type SignedRequest } from "../signed-request.ts";
import type { Authorization } from "./authorization.ts";

const ofBucket: Readonly<Record<string, string>> = {
  ListObjectsV2: "ListBucket",
  HeadBucket: "ListBucket",
  CreateBucket: "CreateBucket",
  DeleteBucket: "DeleteBucket",
  GetBucketLifecycleConfiguration: "GetLifecycleConfiguration",
  PutBucketLifecycleConfiguration: "PutLifecycleConfiguration",
  DeleteBucketLifecycle: "PutLifecycleConfiguration",
};

const ofObject: Readonly<Record<string, readonly string[]>> = {
  GetObject: ["GetObject"],
  HeadObject: ["GetObject"],
  GetObjectAttributes: ["GetObject", "GetObjectAttributes"],
  PutObject: ["PutObject"],
  CopyObject: ["PutObject"],
  CreateMultipartUpload: ["PutObject"],
  UploadPart: ["PutObject"],
  UploadPartCopy: ["PutObject"],
  CompleteMultipartUpload: ["PutObject"],
  AbortMultipartUpload: ["AbortMultipartUpload"],
  DeleteObject: ["DeleteObject"],
};

/** What an S3 call needs (service authorization reference, S3; "Required permissions for Amazon S3 API operations"). */
export function s3Authorizations(operation: string, request: SignedRequest): readonly Authorization[] {
  const { bucket, key } = s3Target(request);
  if (bucket === undefined) return [{ action: "s3:ListAllMyBuckets", resource: "*" }];
  if (operation === "DeleteObjects") {
    return deletedKeys(request).map(one => ({ action: "s3:DeleteObject", resource: objectArn(bucket, one) }));
  }
  const bucketAction = ofBucket[operation];
  if (bucketAction !== undefined) return [bucketAuthorization(bucketAction, bucket, request)];
  const own = (ofObject[operation] ?? [operation]).map(action => ({
    action: `s3:${action}`,
    resource: objectArn(bucket, key ?? ""),
  }));
  return [...own, ...extraAuthorizations(request, bucket, key ?? "")];
}

/** Whether a missing object may be told apart from one that is not allowed: S3 says 403 to who may not list. */
export function listAuthorization(request: SignedRequest): Authorization | undefined {
  const { bucket } = s3Target(request);
  return bucket === undefined ? undefined : bucketAuthorization("ListBucket", bucket, request);
}

function bucketAuthorization(action: string, bucket: string, request: SignedRequest): Authorization {
  const prefix = queryPairs(request.query).find(([name]) => name === "prefix")?.[1];
  const context = new Map(prefix === undefined ? [] : [["s3:prefix", [prefix]]]);
  return { action: `s3:${action}`, resource: `arn:aws:s3:::${bucket}`, context };
}

function objectArn(bucket: string, key: string): string {
  return `arn:aws:s3:::${bucket}/${key}`;
}

function extraAuthorizations(request: SignedRequest, bucket: string, key: string): readonly Authorization[] {
  const source = headerOf(request.headers, "x-amz-copy-source");
  const tagging = headerOf(request.headers, "x-amz-tagging");
  return [
    ...(source === undefined
      ? []
      : [{ action: "s3:GetObject", resource: `arn:aws:s3:::${decodeURIComponent(source).replace(/^\//, "")}` }]),
    ...(tagging === undefined ? [] : [{ action: "s3:PutObjectTagging", resource: objectArn(bucket, key) }]),
  ];
}

function deletedKeys(request: SignedRequest): readonly string[] {
  const keys = request.body.toString().matchAll(/<Key>([^<]*)<\/Key>/g);
  return [...keys].map(match => unescapeXml(match[1] ?? ""));
}

function unescapeXml(text: string): string {
  const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(?:#(\d+)|#x([\da-fA-F]+)|(\w+));/g, (whole, decimal, hex, name) => {
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    return named[name] ?? whole;
  });
}
