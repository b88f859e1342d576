import type { Outcome } from "./attempt.ts";

/**
 * What keeps one endpoint from holding up the others: every try enters through its endpoint's gate and leaves it.
 *
 *   open (`width` tries at once) ── three time-outs in a row ──▶ shut until a time
 *        ▲                                                            │ the time comes
 *        │ it answers                                                 ▼
 *        └──────────────────────────────────────────────────── one probe at a time ──┐
 *                                             shut again, twice as long ◀── it times out
 *
 * `width` grows by one with every quick answer and shrinks with slow ones, so that an endpoint which recovers gets its
 * backlog at a growing, bounded rate. A try that may not enter waits in line and is not counted as a try.
 */
export interface Gate {
  readonly width: number;
  /** Time-outs since the last answer. */
  readonly timeouts: number;
  readonly shut: { readonly untilMs: number; readonly pauseMs: number } | null;
  /** When the try that holds a slot must have ended, by the slot's number: then the slot is free, whatever became of it. */
  readonly leases: readonly (number | undefined)[];
  /** How many times a delivery was put in line, ever. */
  readonly parks: number;
  /** While deliveries wait in line: names the next look at the line. */
  readonly look: string | null;
}

/** Tries at once that no endpoint exceeds, whatever a deployment allows. */
export const slotsLimit = 16;
const widthAtFirst = 4;
const timeoutsMax = 3;
const pauseMsMin = 10_000;
const pauseMsMax = 300_000;
/** An answer slower than this holds a function long enough to count against its endpoint. */
const slowMs = 5_000;
/** Longer than a delivering function can live: after it, whoever held the slot is dead. */
export const slotLeaseMs = 40_000;

export const newGate: Gate = { width: widthAtFirst, timeouts: 0, shut: null, leases: [], parks: 0, look: null };

export interface Comer {
  /** Came out of the line, where it had its place. While there is a line, half of the slots are kept for it. */
  readonly fromLine: boolean;
  /** A test that the customer asked for: it need not wait for the time of the next probe. */
  readonly eager: boolean;
}

/** The slots that a comer may try to take now, in no order; empty where it must wait in line. */
export function slotsFor(gate: Gate, comer: Comer, slotsMax: number, nowMs: number): readonly number[] {
  if (gate.shut !== null && nowMs < gate.shut.untilMs && !comer.eager) return [];
  const free = freeSlots(gate, slotsMax, nowMs);
  const queues = gate.look !== null && !comer.fromLine && !comer.eager;
  return queues && free.length <= Math.ceil(Math.min(gate.width, slotsMax) / 2) ? [] : free;
}

/** How many of the line may be let go on now. */
export function roomFor(gate: Gate, slotsMax: number, nowMs: number): number {
  return slotsFor(gate, { fromLine: true, eager: false }, slotsMax, nowMs).length;
}

/** A shut gate has one slot, that of the probe. */
function freeSlots(gate: Gate, slotsMax: number, nowMs: number): number[] {
  const width = gate.shut === null ? Math.min(gate.width, slotsMax) : 1;
  const slots = Array.from({ length: width }, (_, slot) => slot);
  return slots.filter(slot => (gate.leases[slot] ?? 0) <= nowMs);
}

/** What a try tells of its endpoint. Only time counts here: a quick refusal holds nobody up. */
export type Pace = "quick" | "slow" | "timed out";

export function paceOf(outcome: Pick<Outcome, "error" | "latencyMs">): Pace {
  if (outcome.error === "timeout") return "timed out";
  return outcome.latencyMs > slowMs ? "slow" : "quick";
}

export function widthAfter(width: number, pace: Pace, slotsMax: number): number {
  if (pace === "timed out") return 1;
  return pace === "slow" ? Math.max(1, Math.floor(width / 2)) : Math.min(width + 1, slotsMax);
}

/** How long the gate shuts after a time-out, in milliseconds; undefined where it stays open. */
export function pauseAfter(gate: Pick<Gate, "timeouts" | "shut">): number | undefined {
  if (gate.shut !== null) return Math.min(gate.shut.pauseMs * 2, pauseMsMax);
  return gate.timeouts >= timeoutsMax ? pauseMsMin : undefined;
}
