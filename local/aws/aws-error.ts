import { randomUUID } from "node:crypto";
import type { AwsReply, JsonObject } from "./aws-call.ts";

/** An error that a service answers. `code` is the name that the SDK throws, such as `AccessDeniedException`. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly code: string;
  readonly status: number;
  /** Members beside the message, such as the CancellationReasons of a transaction. */
  readonly members: JsonObject;

  constructor(code: string, message: string, options: { status?: number; members?: JsonObject; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.status = options.status ?? 400;
    this.members = options.members ?? {};
  }
}

/** The error in the protocol of its service: XML for S3, SNS and STS, a header for API Gateway, JSON for the rest. */
export function errorReply(service: string, error: AwsError, method = "POST"): AwsReply {
  const requestId = randomUUID();
  const headers = { "x-amzn-requestid": requestId };
  if (service === "s3") {
    const body = method === "HEAD" ? "" : s3Error(error, requestId);
    return { status: error.status, headers: { ...headers, "content-type": "application/xml" }, body };
  }
  if (service === "sns" || service === "sts") {
    return {
      status: error.status,
      headers: { ...headers, "content-type": "text/xml" },
      body: queryError(error, requestId),
    };
  }
  const body = JSON.stringify({
    __type: `${typePrefix(service)}${error.code}`,
    message: error.message,
    ...error.members,
  });
  const jsonHeaders = { ...headers, "content-type": "application/x-amz-json-1.0", "x-amzn-errortype": error.code };
  return { status: error.status, headers: jsonHeaders, body };
}

function typePrefix(service: string): string {
  return service === "dynamodb" ? "com.amazonaws.dynamodb.v20120810#" : "";
}

function s3Error(error: AwsError, requestId: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message><RequestId>${requestId}</RequestId></Error>`;
}

function queryError(error: AwsError, requestId: string): string {
  const type = error.status >= 500 ? "Receiver" : "Sender";
  return `<ErrorResponse><Error><Type>${type}</Type><Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A denial in the words of the service, so that the SDK throws what it would throw on AWS. */
export function accessDenied(service: string, message: string): AwsError {
  if (service === "sns") return new AwsError("AuthorizationError", message, { status: 403 });
  if (service === "s3") return new AwsError("AccessDenied", "Access Denied", { status: 403 });
  const status = service === "apigateway" || service === "sqs" ? 403 : 400;
  return new AwsError("AccessDeniedException", message, { status });
}

/** The answer to an access key that nobody here has. */
export function unknownAccessKey(service: string): AwsError {
  const message = "The security token included in the request is invalid.";
  if (service === "s3") {
    return new AwsError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", {
      status: 403,
    });
  }
  if (service === "sqs" || service === "sns" || service === "sts") {
    return new AwsError("InvalidClientTokenId", message, { status: 403 });
  }
  return new AwsError("UnrecognizedClientException", message, { status: 403 });
}

/** The answer to a signature that does not hold, by service. */
export function badSignature(service: string, fault: string): AwsError {
  const message = `The request signature we calculated does not match the signature you provided (${fault}).`;
  if (service === "s3" && fault === "expired")
    return new AwsError("AccessDenied", "Request has expired", { status: 403 });
  if (service === "s3" || service === "sns" || service === "sts" || service === "sqs") {
    return new AwsError("SignatureDoesNotMatch", message, { status: 403 });
  }
  return new AwsError("InvalidSignatureException", message, { status: 403 });
}
