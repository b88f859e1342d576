import { headerOf, queryPairs, type SignedRequest } from "./signed-request.ts";

/** The bucket and key of a path-style request; both undefined for the list of buckets, the key for a bucket. */
export function s3Target(request: SignedRequest): {
  readonly bucket: string | undefined;
  readonly key: string | undefined;
} {
  const [bucket = "", ...rest] = request.path.slice(1).split("/");
  const key = rest.join("/");
  return {
    bucket: bucket === "" ? undefined : decodeURIComponent(bucket),
    key: key === "" ? undefined : decodeURIComponent(key),
  };
}

const ofBucket: Readonly<Record<string, string>> = {
  "GET lifecycle": "GetBucketLifecycleConfiguration",
  "PUT lifecycle": "PutBucketLifecycleConfiguration",
  "DELETE lifecycle": "DeleteBucketLifecycle",
  "POST delete": "DeleteObjects",
  GET: "ListObjectsV2",
  HEAD: "HeadBucket",
  PUT: "CreateBucket",
  DELETE: "DeleteBucket",
};

const ofObject: Readonly<Record<string, string>> = {
  "GET attributes": "GetObjectAttributes",
  "POST uploads": "CreateMultipartUpload",
  "POST uploadId": "CompleteMultipartUpload",
  "PUT uploadId": "UploadPart",
  "DELETE uploadId": "AbortMultipartUpload",
  GET: "GetObject",
  HEAD: "HeadObject",
  PUT: "PutObject",
  DELETE: "DeleteObject",
};

/** Sub-resources that make a request another operation; one that is not in the tables above is not emulated. */
const subresources = [
  ...["acl", "accelerate", "analytics", "attributes", "cors", "delete", "encryption", "inventory", "legal-hold"],
  ...["lifecycle", "location", "logging", "metrics", "notification", "object-lock", "ownershipControls", "policy"],
  ...["policyStatus", "publicAccessBlock", "replication", "requestPayment", "restore", "retention", "select"],
  ...["tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website"],
];

/** The operation of an S3 REST request, spelt as in the SDK; `undefined` for one that is not emulated. */
export function s3Operation(request: SignedRequest): string | undefined {
  const { bucket, key } = s3Target(request);
  if (bucket === undefined) return request.method === "GET" ? "ListBuckets" : undefined;
  const names = new Set(queryPairs(request.query).map(([name]) => name));
  const subresource = subresources.find(name => names.has(name));
  const table = key === undefined ? ofBucket : ofObject;
  const operation = table[subresource === undefined ? request.method : `${request.method} ${subresource}`];
  const copies = headerOf(request.headers, "x-amz-copy-source") !== undefined;
  if (operation === "PutObject" && copies) return "CopyObject";
  if (operation === "UploadPart" && copies) return "UploadPartCopy";
  return operation;
}
