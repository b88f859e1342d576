import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import { validationException } from "./dynamo-error.ts";
import type { TableDescription } from "./stored-table.ts";

/** Capacity units a second that a table provides. */
export const Throughput = z.looseObject({ ReadCapacityUnits: z.number(), WriteCapacityUnits: z.number() });
type Throughput = z.infer<typeof Throughput>;

const Billing = z.looseObject({ BillingMode: z.string() }).optional();

/**
 * The members of a table's description that UpdateTable changes by a billing mode or a throughput (DynamoDB API
 * reference, UpdateTable). They are kept and described; nothing here is throttled by them.
 * Throws ValidationException.
 */
export function changedThroughput(
  description: TableDescription,
  asked: { readonly BillingMode?: string | undefined; readonly ProvisionedThroughput?: Throughput | undefined },
): JsonObject {
  const { BillingMode: mode, ProvisionedThroughput: wanted } = asked;
  if (mode === "PAY_PER_REQUEST") {
    if (wanted !== undefined)
      refuse("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
    return {
      BillingModeSummary: { BillingMode: mode, LastUpdateToPayPerRequestDateTime: Date.now() / 1000 },
      TableThroughputModeSummary: { TableThroughputMode: mode },
      ProvisionedThroughput: { ReadCapacityUnits: 0, WriteCapacityUnits: 0, NumberOfDecreasesToday: 0 },
    };
  }
  if (wanted === undefined) return {};
  if (wanted.ReadCapacityUnits < 1 || wanted.WriteCapacityUnits < 1) {
    refuse("ReadCapacityUnits and WriteCapacityUnits must be greater than or equal to 1");
  }
  const present = Throughput.parse(description.ProvisionedThroughput);
  const isProvisioned = Billing.parse(description.BillingModeSummary)?.BillingMode !== "PAY_PER_REQUEST";
  if (isProvisioned && isSame(present, wanted)) {
    refuse(
      `The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: ${present.ReadCapacityUnits}. Requested ReadCapacityUnits: ${wanted.ReadCapacityUnits}. Current WriteCapacityUnits provisioned for the table: ${present.WriteCapacityUnits}. Requested WriteCapacityUnits: ${wanted.WriteCapacityUnits}.`,
    );
  }
  if (!isProvisioned && mode !== "PROVISIONED") {
    refuse("Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST");
  }
  return {
    ...(isProvisioned
      ? {}
      : { BillingModeSummary: { BillingMode: "PROVISIONED" }, TableThroughputModeSummary: undefined }),
    ProvisionedThroughput: { ...present, ...wanted, NumberOfDecreasesToday: 0 },
  };
}

function isSame(one: Throughput, other: Throughput): boolean {
  return one.ReadCapacityUnits === other.ReadCapacityUnits && one.WriteCapacityUnits === other.WriteCapacityUnits;
}

function refuse(message: string): never {
  throw validationException(`One or more parameter values were invalid: ${message}`);
}
