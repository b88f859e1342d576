import { type Chance, chanceOf } from "./random.ts";

/** What is done to the product at one moment. Hosts and sessions are told by their place in the lists of then. */
export type Fault =
  | { readonly kind: "kill" | "terminate"; readonly host: number }
  | { readonly kind: "stop"; readonly host: number; readonly forMs: number }
  | { readonly kind: "whatsapp"; readonly session: number; readonly fault: WhatsAppFault }
  | { readonly kind: "aws"; readonly fault: AwsFault; readonly forMs: number }
  | { readonly kind: "lease"; readonly edit: LeaseEdit; readonly session: number };

/** As the simulated WhatsApp takes them at `POST /faults`. */
type WhatsAppFault =
  | { readonly kind: "drop" | "conflict" }
  | { readonly kind: "silence" | "refuse" | "delay"; readonly ms: number }
  | { readonly kind: "nack"; readonly code: string; readonly count: number }
  | { readonly kind: "corrupt"; readonly count: number }
  | { readonly kind: "stream_error"; readonly code: string };

/** What the emulated AWS does to a share of the calls of one service. */
export interface AwsFault {
  readonly service: "dynamodb" | "sqs" | "sns" | "kms";
  /** `refuse`: an error, and nothing was done; `lose`: it is done, and the answer is an error; `delay`: late. */
  readonly how: "refuse" | "lose" | "delay";
  readonly share: number;
  readonly delayMs: number;
}

/** A lease row as somebody else may leave it: without its owner, under a newer epoch, or in the name of a host that is dead. */
export type LeaseEdit = "drop" | "raise" | "give away";

export interface Planned {
  readonly atMs: number;
  readonly fault: Fault;
}

export interface Plan {
  readonly durationMs: number;
  readonly hosts: number;
  readonly sessions: number;
}

const leaseMs = 9_000;
/** How far apart faults come, and how far apart those that take a host away. */
const gapMs = { least: 400, most: 1_800 };
const hostGapMs = 5_000;
/** A session that was replaced waits half a minute before it tries again, and ends if it is replaced again soon. */
const conflictsBeforeEndMs = 35_000;

/** The faults of a run: the same for the same seed and plan. */
export function scheduleOf(seed: number, plan: Plan): Planned[] {
  const chance = chanceOf(seed);
  const planned: Planned[] = [];
  const conflicted = new Set<number>();
  let hostFreeAtMs = 0;
  for (let atMs = chance.between(200, 1_500); atMs < plan.durationMs; atMs += chance.between(gapMs.least, gapMs.most)) {
    const touchesHost = atMs >= hostFreeAtMs && chance.next() < 0.4;
    if (touchesHost) {
      const fault = hostFault(chance, plan);
      planned.push({ atMs, fault });
      hostFreeAtMs = atMs + hostGapMs + (fault.kind === "stop" ? fault.forMs : 0);
      continue;
    }
    const fault = otherFault(chance, plan);
    if (fault.kind === "whatsapp" && fault.fault.kind === "conflict") {
      if (conflicted.has(fault.session) || atMs > plan.durationMs - conflictsBeforeEndMs) continue;
      conflicted.add(fault.session);
    }
    planned.push({ atMs, fault });
  }
  return planned;
}

type HostFault = Extract<Fault, { host: number }>;

function hostFault(chance: Chance, plan: Plan): HostFault {
  const host = chance.between(0, plan.hosts - 1);
  const kind = chance.pick(["kill", "kill", "stop", "terminate"] as const);
  return kind === "stop" ? { kind, host, forMs: leaseMs + chance.between(500, 4_000) } : { kind, host };
}

function otherFault(chance: Chance, plan: Plan): Fault {
  const session = chance.between(0, plan.sessions - 1);
  const roll = chance.next();
  if (roll < 0.1) return { kind: "lease", edit: chance.pick(["drop", "raise", "give away"]), session };
  if (roll < 0.4) return { kind: "aws", fault: awsFault(chance), forMs: chance.between(300, 3_000) };
  return { kind: "whatsapp", session, fault: whatsappFault(chance) };
}

function awsFault(chance: Chance): AwsFault {
  return {
    service: chance.pick(["dynamodb", "dynamodb", "dynamodb", "sqs", "sns", "kms"]),
    how: chance.pick(["refuse", "lose", "delay"]),
    share: chance.pick([0.1, 0.3, 1]),
    delayMs: chance.between(200, 3_000),
  };
}

const whatsappKinds = [
  ...(["drop", "drop", "silence", "delay", "conflict", "nack", "refuse", "corrupt", "stream_error"] as const),
];

function whatsappFault(chance: Chance): WhatsAppFault {
  const kind = chance.pick(whatsappKinds);
  switch (kind) {
    case "silence":
    case "refuse":
    case "delay":
      return { kind, ms: chance.between(200, kind === "delay" ? 800 : 5_000) };
    case "nack":
      return { kind, code: chance.pick(["479", "463"]), count: 1 };
    case "corrupt":
      return { kind, count: chance.between(1, 2) };
    case "stream_error":
      return { kind, code: chance.pick(["503", "515", "500"]) };
    case "drop":
    case "conflict":
      return { kind };
    default:
      return kind satisfies never;
  }
}

/** A fault in words, for a timeline. */
export function inWords(fault: Fault): string {
  const { kind, ...rest } = fault;
  return `${kind} ${JSON.stringify(rest)}`;
}
