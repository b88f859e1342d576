import type { SessionStatus } from "../domain/session/session.ts";
import { backoffMs, reconnectBackoff } from "./backoff.ts";
import type { ConnectionEffect, ConnectionEvent } from "./connection-events.ts";
import { disconnectPolicies, type EndReason } from "./disconnect-policy.ts";
import type { Disconnect } from "./whatsapp-port.ts";

/**
 * One session's connection, as a pure function of what happens to it. `connection.ts` carries out what it answers.
 *
 *   resting ──start──▶ opening ──qr──▶ pairing ──paired──▶ (515) ──▶ opening
 *      ▲                 │  ▲             ├─ passkey not answered, refused ──▶ ended
 *      │               opened │           └─ qr_timeout ──▶ ended
 *      │                 ▼  │ timer
 *      │             connected ── connection lost, silence ──▶ waiting ──timer──▶ opening
 *      │                 │
 *      │                 ├── banned for a time ──▶ waiting (until its end)
 *      │                 ├── replaced ──▶ checking ── lease ours, first time ──▶ waiting (30 s)
 *      │                 │                   ├────── ours, again ──▶ ended
 *      │                 │                   └────── not ours ──▶ gone
 *      │                 └── logged out, banned… ──▶ ended ──restart──▶ opening
 *      │                     (logged out before it was ever let in: opening, with new keys)
 *      └── closed by us
 *   From anywhere: restart ──▶ opening, leave ──▶ gone (handed over, fenced or deleted: this one never opens again).
 */
export interface ConnectionState {
  readonly phase: Phase;
  /** Failures in a row since it was last connected for a while. */
  readonly failures: number;
  /** When it was last replaced by another login, on the monotonic clock; null: not lately. */
  readonly replacedAtMs: number | null;
  /** When it was last connected, on the monotonic clock. */
  readonly connectedAtMs: number | null;
  readonly linked: boolean;
  /** Whether WhatsApp has let these keys in: until then a link may have come to nothing in the middle. */
  readonly proven: boolean;
  /** When WhatsApp's ban ends, on the monotonic clock; null: none is known of. */
  readonly bannedUntilMs: number | null;
}

export const phases = [
  "resting",
  "opening",
  "pairing",
  "paired",
  "connected",
  "waiting",
  "checking",
  "ended",
  "gone",
] as const;
export type Phase = (typeof phases)[number];

export interface Step {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

/** Connected this long, it counts as well again: the next failure starts from the shortest wait. */
export const steadyAfterMs = 20_000;
/** Baileys sends a keep-alive every 30 s, and WhatsApp answers each: two unanswered ones are a dead line. */
export const silenceMs = 60_000;
/** From its turn to log in to a QR or a login. */
export const openWithinMs = 60_000;
export const replacedRetryMs = 30_000;
/** A second replacement within this time after the first is somebody who means it. */
export const replacedAgainWithinMs = 600_000;

/** A ban of an earlier owner's time is given as `bannedUntilMs`. */
export function firstState(session: {
  linked: boolean;
  proven: boolean;
  bannedUntilMs?: number | null;
}): ConnectionState {
  const fresh = { phase: "resting", failures: 0, replacedAtMs: null, connectedAtMs: null } as const;
  return { ...fresh, bannedUntilMs: null, ...session };
}

export interface Circumstances {
  readonly nowMs: number;
  random(): number;
}

/** What an event leads to. Events that a phase does not know (a late callback of a closed socket) change nothing. */
export function step(state: ConnectionState, event: ConnectionEvent, at: Circumstances): Step {
  if (state.phase === "gone") return { state, effects: [] };
  switch (event.type) {
    case "start":
      return state.phase === "resting" ? started(state, at) : same(state);
    case "restart":
      return opening(
        { ...state, failures: 0, replacedAtMs: null, bannedUntilMs: null },
        { urgent: false, close: true, cause: null },
      );
    case "leave":
      return { state: { ...state, phase: "gone" }, effects: [{ do: "disarm" }, { do: "close" }] };
    case "qr":
      return shown(state, event);
    case "pairing_code":
      return state.phase === "pairing"
        ? { state, effects: [{ do: "show_pairing_code", code: event.code }] }
        : same(state);
    case "pairing_code_refused":
      return state.phase === "pairing"
        ? { state, effects: [{ do: "tell_code_refused", statusCode: event.statusCode }] }
        : same(state);
    case "passkey":
      return state.phase === "pairing"
        ? { state, effects: [{ do: "show_passkey", passkey: event.passkey }] }
        : same(state);
    case "paired":
      return hasSocket(state)
        ? { state: { ...state, phase: "paired", linked: true }, effects: [{ do: "note_paired" }] }
        : same(state);
    case "opened":
      return opened(state, at);
    case "closed":
      return hasSocket(state) ? closed(state, event.cause, at) : same(state);
    case "timer":
      return rang(state, event.lastAliveAtMs, at);
    case "lease":
      return state.phase === "checking" ? judged(state, event.ours, event.cause, at) : same(state);
    default:
      return event satisfies never;
  }
}

const same = (state: ConnectionState): Step => ({ state, effects: [] });

function hasSocket({ phase }: ConnectionState): boolean {
  return phase === "opening" || phase === "pairing" || phase === "paired" || phase === "connected";
}

/** While it has no socket: `connecting` where it will log in by itself, `starting` where it will ask for a scan. */
const statusBetween = (state: ConnectionState): SessionStatus => (state.linked ? "connecting" : "starting");

function opening(state: ConnectionState, how: { urgent: boolean; close: boolean; cause: Disconnect | null }): Step {
  const close: ConnectionEffect[] = how.close ? [{ do: "close" }] : [];
  return {
    state: { ...state, phase: "opening" },
    effects: [
      ...close,
      { do: "tell", status: statusBetween(state), cause: how.cause },
      { do: "disarm" },
      { do: "open", urgent: how.urgent },
    ],
  };
}

function started(state: ConnectionState, at: Circumstances): Step {
  const banned = untilBanEnds(state, at);
  if (banned !== undefined) return { state: { ...state, phase: "waiting" }, effects: [banned] };
  return opening(state, { urgent: false, close: false, cause: null });
}

function shown(state: ConnectionState, event: Extract<ConnectionEvent, { type: "qr" }>): Step {
  if (state.phase !== "opening" && state.phase !== "pairing") return same(state);
  const effects: ConnectionEffect[] = [
    { do: "arm", ms: silenceMs },
    { do: "show_qr", code: event.code, expiresAtMs: event.expiresAtMs },
  ];
  return { state: { ...state, phase: "pairing", linked: false }, effects };
}

function opened(state: ConnectionState, at: Circumstances): Step {
  if (!hasSocket(state)) return same(state);
  return {
    state: { ...state, phase: "connected", linked: true, proven: true, connectedAtMs: at.nowMs, bannedUntilMs: null },
    effects: [
      { do: "arm", ms: silenceMs },
      { do: "tell", status: "connected", cause: null },
    ],
  };
}

function closed(state: ConnectionState, cause: Disconnect, at: Circumstances): Step {
  const policy = disconnectPolicies[cause.kind];
  switch (policy.action) {
    case "reconnect":
      return reconnected(state, cause, at);
    case "backoff":
      return waiting(state, cause, at, policy.range);
    case "wait_out":
      return banned(state, cause, at);
    case "check_lease":
    case "doubt":
      return {
        state: { ...state, phase: "checking" },
        effects: [{ do: "disarm" }, { do: "check_lease", cause }],
      };
    case "end":
      return cameToNothing(state, cause) ? linkingAnew(state) : ended(state, policy, cause);
    case "rest":
      return { state: { ...state, phase: "resting" }, effects: [{ do: "disarm" }] };
    default:
      return policy satisfies never;
  }
}

/** Where WhatsApp does not say how long a ban lasts, it is asked again after this time. */
const banUnknownMs = 3_600_000;
/** Timers cannot be set for much longer than three weeks. */
const armLongestMs = 86_400_000;

function banned(state: ConnectionState, cause: Disconnect, at: Circumstances): Step {
  const bannedUntilMs = at.nowMs + (cause.bannedForMs ?? banUnknownMs);
  const next = { ...state, phase: "waiting", bannedUntilMs } as const;
  const wait = untilBanEnds(next, at);
  return { state: next, effects: [...(wait ? [wait] : []), { do: "tell", status: statusBetween(state), cause }] };
}

function untilBanEnds({ bannedUntilMs }: ConnectionState, at: Circumstances): ConnectionEffect | undefined {
  const leftMs = (bannedUntilMs ?? 0) - at.nowMs;
  return bannedUntilMs === null || leftMs <= 0 ? undefined : { do: "arm", ms: Math.min(leftMs, armLongestMs) };
}

/** So often a link that came to nothing is begun again without being asked. */
const freshStartsMax = 3;

/**
 * Whether WhatsApp refuses keys that it never let in: the connection ended between the scan and our answer to it, so
 * that WhatsApp knows of no device.
 */
function cameToNothing(state: ConnectionState, cause: Disconnect): boolean {
  return cause.kind === "logged_out" && !state.proven && state.failures < freshStartsMax;
}

/** With new keys and a new QR, for whoever is about to scan. */
function linkingAnew(state: ConnectionState): Step {
  return {
    state: { ...state, phase: "opening", linked: false, failures: state.failures + 1 },
    effects: [
      { do: "disarm" },
      { do: "erase_keys" },
      { do: "tell", status: "starting", cause: null },
      { do: "open", urgent: false },
    ],
  };
}

/** 515: at once. As the end of pairing it is no event for the customer; when it repeats itself it waits like any loss. */
function reconnected(state: ConnectionState, cause: Disconnect, at: Circumstances): Step {
  if (state.phase === "paired") {
    const effects: ConnectionEffect[] = [{ do: "disarm" }, { do: "open", urgent: true }];
    return { state: { ...state, phase: "opening" }, effects };
  }
  const failures = failuresAfter(state, at);
  if (failures > 1) return waiting(state, cause, at);
  return opening({ ...state, failures }, { urgent: true, close: false, cause });
}

function waiting(state: ConnectionState, cause: Disconnect, at: Circumstances, range = reconnectBackoff): Step {
  const failures = failuresAfter(state, at);
  return {
    state: { ...state, phase: "waiting", failures },
    effects: [
      { do: "arm", ms: backoffMs(failures, range, at.random) },
      { do: "tell", status: statusBetween(state), cause },
    ],
  };
}

function failuresAfter(state: ConnectionState, at: Circumstances): number {
  const steady =
    state.phase === "connected" && state.connectedAtMs !== null && at.nowMs - state.connectedAtMs >= steadyAfterMs;
  return steady ? 1 : state.failures + 1;
}

function ended(
  state: ConnectionState,
  policy: { reason: EndReason; unlinks: boolean; failsQueued: boolean },
  cause: Disconnect,
): Step {
  const effects: ConnectionEffect[] = [{ do: "disarm" }, { do: "end", reason: policy.reason, cause }];
  // The status comes first: a crash in between leaves keys that no longer log in, not a linked session without keys.
  if (policy.unlinks) effects.push({ do: "erase_keys" });
  if (policy.failsQueued) effects.push({ do: "fail_queued" });
  return { state: { ...state, phase: "ended", linked: state.linked && !policy.unlinks }, effects };
}

/** After a 440, or a refused key write: not ours any more, or ours and somebody else's phone or program, or a mistake. */
function judged(state: ConnectionState, ours: boolean, cause: Disconnect, at: Circumstances): Step {
  if (!ours) return { state: { ...state, phase: "gone" }, effects: [{ do: "disarm" }, { do: "close" }] };
  if (cause.kind !== "replaced") return waiting(state, cause, at);
  const again = state.replacedAtMs !== null && at.nowMs - state.replacedAtMs <= replacedAgainWithinMs;
  if (again) return ended(state, { reason: "replaced", unlinks: false, failsQueued: false }, cause);
  return {
    state: { ...state, phase: "waiting", replacedAtMs: at.nowMs },
    effects: [
      { do: "arm", ms: replacedRetryMs },
      { do: "tell", status: statusBetween(state), cause },
    ],
  };
}

function rang(state: ConnectionState, lastAliveAtMs: number, at: Circumstances): Step {
  switch (state.phase) {
    case "waiting": {
      const banned = untilBanEnds(state, at);
      if (banned !== undefined) return { state, effects: [banned] };
      return {
        state: { ...state, phase: "opening" },
        effects: [{ do: "disarm" }, { do: "open", urgent: false }],
      };
    }
    case "opening":
    case "paired":
      return recycled(state, { kind: "unreachable", statusCode: null, detail: "no login in time" }, at);
    case "pairing":
    case "connected": {
      const leftMs = silenceMs - (at.nowMs - lastAliveAtMs);
      if (leftMs > 0) return { state, effects: [{ do: "arm", ms: leftMs }] };
      return recycled(state, { kind: "connection_lost", statusCode: null, detail: "silent" }, at);
    }
    case "resting":
    case "checking":
    case "ended":
    case "gone":
      return same(state);
    default:
      return state.phase satisfies never;
  }
}

function recycled(state: ConnectionState, cause: Disconnect, at: Circumstances): Step {
  const next = waiting(state, cause, at);
  return { state: next.state, effects: [{ do: "close" }, ...next.effects] };
}
