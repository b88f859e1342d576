import type { AwsCall, AwsReply, AwsService } from "./aws-call.ts";
import { accessDenied } from "./aws-error.ts";
import type { Fauxqs } from "./fauxqs.ts";
import { listAuthorization } from "./iam/s3-actions.ts";
import type { PermissionCheck } from "./permission-check.ts";

/**
 * S3: fauxqs, and the answer that surprises on AWS: who may not list a bucket is told 403, not 404, when an object
 * is not there (S3 API reference, GetObject and HeadObject, "Permissions").
 */
export function s3Service(fauxqs: Fauxqs, permissions: PermissionCheck): AwsService {
  return {
    answer: async call => {
      const reply = await fauxqs.handle(call.request);
      if (reply.status === 404 && hidesMissing(call, permissions)) throw accessDenied("s3", "Access Denied");
      return headReply(call, reply);
    },
  };
}

function hidesMissing(call: AwsCall, permissions: PermissionCheck): boolean {
  if (call.caller.kind === "runner") return false;
  if (call.operation !== "GetObject" && call.operation !== "HeadObject") return false;
  const wanted = listAuthorization(call.request);
  return wanted !== undefined && !permissions.allows(call.caller.roleName, wanted);
}

function headReply(call: AwsCall, reply: AwsReply): AwsReply {
  return call.request.method === "HEAD" ? { ...reply, body: "" } : reply;
}
