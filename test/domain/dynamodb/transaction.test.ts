import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { describe, expect, it } from "vitest";
import { transact, transactIf } from "../../../domain/dynamodb/transaction.ts";

const cancelled = (...codes: string[]) =>
  new TransactionCanceledException({
    $metadata: {},
    message: "Transaction cancelled",
    CancellationReasons: codes.map(Code => ({ Code })),
  });

/** A database that answers with these errors, one after the other, then well; and how often it was asked. */
function answering(errors: Error[]) {
  const asked = { times: 0 };
  const send = () => {
    const error = errors[asked.times++];
    return error === undefined ? Promise.resolve({}) : Promise.reject(error);
  };
  return { db: { client: { send } as unknown as DynamoDBDocumentClient }, asked };
}

async function triesUntilWritten(errors: Error[]): Promise<number> {
  const { db, asked } = answering(errors);
  await transact(db, []);
  return asked.times;
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

describe("a transaction that may find its first condition not holding", () => {
  const failed = "ConditionalCheckFailed";

  it("answers whether it was written", async () => {
    await expect(transactIf(answering([]).db, [])).resolves.toBe(true);
    await expect(transactIf(answering([cancelled(failed, "None")]).db, [])).resolves.toBe(false);
    await expect(transactIf(answering([cancelled(failed, failed)]).db, [])).resolves.toBe(false);
  });

  it.each([
    ["only another condition failed", cancelled("None", failed)],
    ["it can never be written", cancelled("ValidationError")],
    ["something else is wrong", new Error("no network")],
  ])("throws where %s", async (_what, error) => {
    await expect(transactIf(answering([error]).db, [])).rejects.toBe(error);
  });
});
