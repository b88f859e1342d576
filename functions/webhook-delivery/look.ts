import { type LookCommand, lookCommand } from "../../domain/webhook/delivery-command.ts";
import { type Gate, roomFor } from "../../domain/webhook/gate.ts";
import { readGate } from "../../domain/webhook/gate-store.ts";
import { endLooks, nextLook } from "../../domain/webhook/line.ts";
import { findWebhook } from "../../domain/webhook/store.ts";
import { stage } from "../stage.ts";
import type { Delivering } from "./delivering.ts";
import { letGo } from "./let-go.ts";

/** Deliveries let go at once where none of them will be sent: their endpoint is disabled or deleted. */
const endedAtOnce = 25;
const lookAgainMs = 1_000;
/** A probe that is answered brings the next look forward by itself. */
const probeLookAgainMs = 15_000;

/**
 * One look at the line before an endpoint's gate: lets as many go on as have room, those first who have waited
 * longest, and queues the next look while there is a line. A look that another has overtaken does nothing, and one
 * that failed is repeated by the queue.
 */
export async function look(deps: Delivering, command: LookCommand): Promise<void> {
  const nowMs = deps.now();
  const gate = await stage("prepare", () => readGate(deps.db, command));
  if (gate.look !== command.look) return;
  const webhook = await stage("prepare", () => findWebhook(deps.db, command.tenantId, command.webhookId));
  const room = webhook?.enabled ? roomFor(gate, deps.slotsMax, nowMs) : endedAtOnce;
  const { gone, more } = await stage("attempt", () => letGo(deps, command, room));
  if (!more && (await endLooks(deps.db, command, gate))) return;
  const delayMs = webhook?.enabled ? delayUntilNext(gate, gone, nowMs) : 0;
  await stage("record", () => lookAgain(deps, command, delayMs));
}

/** A line that moves is looked at again at once: slots of a quick endpoint are free by then. */
function delayUntilNext(gate: Gate, gone: number, nowMs: number): number {
  if (gate.shut === null) return gone > 0 ? 0 : lookAgainMs;
  return gate.shut.untilMs > nowMs ? gate.shut.untilMs - nowMs : probeLookAgainMs;
}

async function lookAgain(deps: Delivering, command: LookCommand, delayMs: number): Promise<void> {
  const next = await nextLook(deps.db, command, command.look, deps.now() + delayMs);
  if (next !== undefined) await deps.queue.send(lookCommand(command, next), delayMs);
}
