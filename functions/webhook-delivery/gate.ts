import type { Outcome } from "../../domain/webhook/attempt.ts";
import type { Delivery } from "../../domain/webhook/delivery.ts";
import { lookCommand } from "../../domain/webhook/delivery-command.ts";
import { type Gate, paceOf, slotsFor } from "../../domain/webhook/gate.ts";
import { type Entered, enterGate, leaveGate, readGate } from "../../domain/webhook/gate-store.ts";
import { joinLine, nextLook } from "../../domain/webhook/line.ts";
import type { Delivering, Prepared } from "./delivering.ts";
import { letGo } from "./let-go.ts";

/** Each of them is lost only where another try won a slot meanwhile. */
const entriesTriedMax = 5;

/** Has a delivery's next try enter its endpoint's gate, or puts it in line: then undefined, and no try is used up. */
export async function enter(
  deps: Delivering,
  delivery: Delivery,
  seen: Gate,
  fromLine: boolean,
): Promise<Entered | undefined> {
  const comer = { fromLine, eager: delivery.eventType === "webhook.test" };
  let gate = seen;
  for (let tried = 0; tried < entriesTriedMax; tried++) {
    const nowMs = deps.now();
    const slots = slotsFor(gate, comer, deps.slotsMax, nowMs);
    const slot = slots[Math.floor(deps.random() * slots.length)];
    if (slot === undefined) break;
    const entered = await enterGate(deps.db, delivery, { gate, slot }, nowMs);
    if (entered !== undefined) return entered;
    gate = await readGate(deps.db, delivery);
  }
  await wait(deps, delivery, gate);
  return undefined;
}

async function wait({ db, queue, log, now }: Delivering, delivery: Delivery, gate: Gate): Promise<void> {
  const nowMs = now();
  const lookMs = Math.max(nowMs, gate.shut?.untilMs ?? nowMs);
  const look = await joinLine(db, delivery, { nowMs, lookMs });
  const { tenantId, webhookId, id: deliveryId, eventId } = delivery;
  log.debug("webhook delivery waits in line", { tenantId, webhookId, deliveryId, eventId, shut: gate.shut !== null });
  if (look !== undefined) await queue.send(lookCommand(delivery, look), lookMs - nowMs);
}

/** Gives the slot back, lets the next of the line in, and brings the next look at the line forward where the endpoint has just recovered. */
export async function leave(deps: Delivering, { delivery, entered }: Prepared, outcome: Outcome): Promise<void> {
  const { db, queue, slotsMax, log } = deps;
  const nowMs = deps.now();
  const gate = await leaveGate(db, delivery, entered, { pace: paceOf(outcome), slotsMax, nowMs });
  if (gate === undefined) return;
  const { tenantId, webhookId } = delivery;
  const [wasShut, isShut] = [entered.gate.shut !== null, gate.shut !== null];
  if (isShut && gate.shut?.untilMs !== entered.gate.shut?.untilMs) {
    log.info("webhook endpoint is given a rest", { tenantId, webhookId, pauseMs: gate.shut?.pauseMs });
  }
  if (wasShut && !isShut)
    log.info("webhook endpoint answers again", { tenantId, webhookId, waiting: gate.look !== null });
  if (isShut || gate.look === null) return;
  // Whoever leaves lets one in: a line moves as fast as its endpoint answers, whenever the next look comes.
  if (!wasShut) return void (await letGo(deps, delivery, 1));
  const look = await nextLook(db, delivery, gate.look, nowMs);
  if (look !== undefined) await queue.send(lookCommand(delivery, look));
}
