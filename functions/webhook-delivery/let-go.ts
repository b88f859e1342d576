import { deliverCommand } from "../../domain/webhook/delivery-command.ts";
import type { EndpointRef } from "../../domain/webhook/gate-store.ts";
import { firstOfLine, leaveLine } from "../../domain/webhook/line.ts";
import type { Delivering } from "./delivering.ts";

/**
 * Lets the first of an endpoint's line go on, `count` of them at most: each is taken out of the line by one caller
 * alone. Answers how many stood there, and whether more may.
 */
export async function letGo(
  { db, queue, now }: Delivering,
  endpoint: EndpointRef,
  count: number,
): Promise<{ gone: number; more: boolean }> {
  if (count === 0) return { gone: 0, more: true };
  const first = await firstOfLine(db, endpoint, count);
  await Promise.all(
    first.map(async waiting => {
      if (!(await leaveLine(db, endpoint, waiting, now()))) return;
      const { tenantId, webhookId } = endpoint;
      const delivery = { tenantId, webhookId, id: waiting.deliveryId, nextAttempt: waiting.attempt };
      await queue.send({ ...deliverCommand(delivery), fromLine: true });
    }),
  );
  return { gone: first.length, more: first.length === count };
}
