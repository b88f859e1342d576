import * as z from "zod";
import type { SignedRequest } from "./signed-request.ts";

/** Who calls: a role of the template, bound by its policies, or the runner itself, which is not. */
export type Caller = { readonly kind: "role"; readonly roleName: string } | { readonly kind: "runner" };

/** One verified request to one AWS operation. */
export interface AwsCall {
  /** The service's signing name: `dynamodb`, `sqs`, `sns`, `s3`, `kms`, `ssm`, `apigateway`, `ecs`, `sts`. */
  readonly service: string;
  /** The operation's name as the SDK spells it, such as `PutItem`; for S3 and API Gateway found from method and path. */
  readonly operation: string;
  readonly caller: Caller;
  readonly request: SignedRequest;
  /** The body of a JSON protocol, read once; `{}` where it is empty. Throws SyntaxError or ZodError where it is no object. */
  input(): JsonObject;
  /** Aborted when the caller hangs up before it has its answer. */
  readonly hangUp: AbortSignal;
}

export interface AwsReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export type JsonObject = Record<string, unknown>;

const Body = z.record(z.string(), z.unknown());

/** Reads a body as a JSON object when it is first asked for, and answers the same object from then on. */
export function onceParsed(body: Buffer): () => JsonObject {
  let parsed: JsonObject | undefined;
  return () => {
    parsed ??= Body.parse(JSON.parse(body.toString() || "{}"));
    return parsed;
  };
}

/** One emulated service. */
export interface AwsService {
  /** Answers the call; throws `AwsError` for what the service refuses. */
  answer(call: AwsCall): Promise<AwsReply>;
}

export function jsonReply(body: unknown, status = 200, contentType = "application/x-amz-json-1.1"): AwsReply {
  return { status, headers: { "content-type": contentType }, body: JSON.stringify(body) };
}
