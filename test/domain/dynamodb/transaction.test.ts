import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { transact } from "../../../domain/dynamodb/transaction.ts";

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: "Transaction cancelled",
    CancellationReasons: codes.map(Code => ({ Code })),
  });

/** Writes with a client that answers with these errors, one after the other, then well. Answers how often it was asked. */
async function triesUntilWritten(errors: Error[]): Promise<number> {
  let tries = 0;
  const send = () => {
    const error = errors[tries++];
    return error === undefined ? Promise.resolve({}) : Promise.reject(error);
  };
  await transact({ client: { send } as unknown as DynamoDBDocumentClient }, []);
  return tries;
}

describe("a transaction", () => {
  it.each([["TransactionConflict"], ["ThrottlingError"], ["ProvisionedThroughputExceeded"]])(
    "is tried again after a %s, which passes by itself",
    async code => {
      expect(await triesUntilWritten([cancelled("None", code), cancelled(code)])).toBe(3);
    },
  );

  it.each([
    ["a condition failed", cancelled("TransactionConflict", "ConditionalCheckFailed")],
    ["it can never be written", cancelled("ValidationError")],
    ["something else is wrong", new Error("no network")],
  ])("is not where %s", async (_what, error) => {
    await expect(triesUntilWritten([error])).rejects.toBe(error);
  });
});
