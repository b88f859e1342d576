import { AwsError } from "../aws-error.ts";

/** An error in DynamoDB's own words, from dynalite's shape `{statusCode, body: {__type, message}}`; anything else stays. */
export function fromDynalite(error: unknown): unknown {
  if (!(error instanceof Error) || !("statusCode" in error) || !("body" in error)) return error;
  const { statusCode, body } = error;
  if (typeof statusCode !== "number" || typeof body !== "object" || body === null || !("__type" in body)) return error;
  const message = "message" in body ? body.message : "Message" in body ? body.Message : "";
  const code = String(body.__type).split("#").at(-1) ?? "InternalServerError";
  return new AwsError(code, String(message), { status: statusCode, cause: error });
}

export function validationException(message: string): AwsError {
  return new AwsError("ValidationException", message);
}

export function isConditionFailure(error: unknown): error is AwsError {
  return error instanceof AwsError && error.code === "ConditionalCheckFailedException";
}
