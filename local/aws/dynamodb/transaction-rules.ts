import { AwsError } from "../aws-error.ts";
import { validationException } from "./dynamo-error.ts";
import type { ItemPlace } from "./item-tables.ts";

const itemsMax = 100;

/** What is wrong with the number of a transaction's items, in DynamoDB's words; undefined where nothing is. */
export function transactionComplaint(items: unknown): string | undefined {
  const at = "at 'transactItems' failed to satisfy constraint: Member must have length";
  const count = Array.isArray(items) ? items.length : 0;
  if (count === 0) return `1 validation error detected: Value '[]' ${at} greater than or equal to 1`;
  if (count <= itemsMax) return undefined;
  return `1 validation error detected: Value '[${count} items]' ${at} less than or equal to ${itemsMax}`;
}

/** Throws ValidationException where two operations of a transaction are on one item. */
export function refuseRepeatedItems(places: readonly (ItemPlace | undefined)[]): void {
  const keys = places.flatMap(place => (place === undefined ? [] : [`${place.table.id} ${place.key}`]));
  if (new Set(keys).size !== keys.length) {
    throw validationException("Transaction request cannot include multiple operations on one item");
  }
}

/** Why one operation of a transaction did not hold; `None` where it did. */
export type CancellationReason = { readonly Code: string; readonly Message?: string; readonly Item?: unknown };

/** TransactionCanceledException with a reason for each operation, in their order. */
export function transactionCancelled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map(reason => reason.Code).join(", ");
  return new AwsError(
    "TransactionCanceledException",
    `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
    { members: { CancellationReasons: reasons } },
  );
}
