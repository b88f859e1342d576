import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";

/** Whether a single conditional write was refused because its condition did not hold. */
export function isConditionFailed(error: unknown): boolean {
  return error instanceof ConditionalCheckFailedException;
}

/**
 * Which items of a cancelled transaction failed their condition, by position; undefined where the error is not a
 * cancelled transaction or was cancelled for another reason (a conflict, throttling).
 */
export function failedConditions(error: unknown): readonly number[] | undefined {
  if (!(error instanceof TransactionCanceledException)) return undefined;
  const reasons = error.CancellationReasons ?? [];
  const failed = reasons.flatMap((reason, position) => (reason.Code === "ConditionalCheckFailed" ? [position] : []));
  return failed.length > 0 ? failed : undefined;
}

const passing = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

/**
 * Whether a transaction was cancelled by what passes by itself, another one on the same item or more writes than a
 * partition takes at once: nothing was written, and trying again is right.
 */
export function isPassingCancellation(error: unknown): boolean {
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map(reason => reason.Code ?? "None");
  return codes.some(code => passing.includes(code)) && !codes.includes("ConditionalCheckFailed");
}
