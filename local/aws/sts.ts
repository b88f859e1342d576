import type { AwsCall, AwsReply, AwsService } from "./aws-call.ts";
import { AwsError, escapeXml } from "./aws-error.ts";

/** STS GetCallerIdentity: who the caller is, in the form of an assumed role. */
export function stsService(accountId: string): AwsService {
  return { answer: async call => answer(accountId, call) };
}

function answer(accountId: string, call: AwsCall): AwsReply {
  if (call.operation !== "GetCallerIdentity") {
    throw new AwsError("UnknownOperationException", `STS ${call.operation} is not emulated here`);
  }
  const roleName = call.caller.kind === "runner" ? "local-runner" : call.caller.roleName;
  const arn = `arn:aws:sts::${accountId}:assumed-role/${roleName}/local`;
  const result = `<Arn>${escapeXml(arn)}</Arn><UserId>${escapeXml(roleName)}:local</UserId><Account>${accountId}</Account>`;
  return {
    status: 200,
    headers: { "content-type": "text/xml" },
    body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}</GetCallerIdentityResult></GetCallerIdentityResponse>`,
  };
}
