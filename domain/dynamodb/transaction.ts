import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { TransactWriteCommand, type TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import { failedConditions, isPassingCancellation } from "./condition.ts";
import type { Db } from "./db.ts";

export type TransactItem = NonNullable<TransactWriteCommandInput["TransactItems"]>[number];

const triesMax = 8;

/**
 * Writes all items or none (at most 100 items and 4 MB, DynamoDB's limits). A conflict with another transaction, or
 * throttling, is tried again with growing jitter; a failed condition is thrown for the caller to read with
 * `failedConditions`. One client request token covers the SDK's own retries, so a lost answer does not make a committed
 * write look refused.
 */
export async function transact(db: Pick<Db<never>, "client">, items: readonly TransactItem[]): Promise<void> {
  const ClientRequestToken = randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      await db.client.send(new TransactWriteCommand({ TransactItems: [...items], ClientRequestToken }));
      return;
    } catch (error) {
      if (!isPassingCancellation(error) || attempt >= triesMax) throw error;
      await pauseAfter(attempt);
    }
  }
}

/**
 * Writes as `transact` does where the first item's condition holds, and answers true. Answers false, having written
 * nothing, where it does not; every other error is thrown, another item's failed condition too.
 */
export async function transactIf(db: Pick<Db<never>, "client">, items: readonly TransactItem[]): Promise<boolean> {
  try {
    await transact(db, items);
    return true;
  } catch (error) {
    if (failedConditions(error)?.includes(0)) return false;
    throw error;
  }
}

/**
 * The pause after a try (from 1) that lost against others: so random and so much longer each time that a hundred
 * writers of one item all get their turn within a few seconds.
 */
export function pauseAfter(attempt: number): Promise<void> {
  return delay(Math.random() * 20 * 2 ** attempt);
}
