import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConnectionEffect, ConnectionEvent } from "../../socket-host/connection-events.ts";
import {
  type ConnectionState,
  firstState,
  type Phase,
  phases,
  replacedAgainWithinMs,
  replacedRetryMs,
  silenceMs,
  steadyAfterMs,
  step,
} from "../../socket-host/connection-state.ts";
import { disconnectPolicies } from "../../socket-host/disconnect-policy.ts";
import type { Disconnect, DisconnectKind } from "../../socket-host/whatsapp-port.ts";

const kinds = Object.keys(disconnectPolicies) as DisconnectKind[];
const cause = (kind: DisconnectKind): Disconnect => ({ kind, statusCode: null, detail: "" });
const at = { nowMs: 1_000_000, random: () => 1 };
const inPhase = (phase: Phase, more: Partial<ConnectionState> = {}): ConnectionState => ({
  ...firstState({ linked: true, proven: true }),
  phase,
  ...more,
});

/** What an event leads to, in short: the phase, and each effect as a word or two. */
function shown(state: ConnectionState, event: ConnectionEvent, circumstances = at): string {
  const next = step(state, event, circumstances);
  return [next.state.phase, ...next.effects.map(inWords)].join(" | ");
}

function inWords(effect: ConnectionEffect): string {
  switch (effect.do) {
    case "tell":
      return `tell ${effect.status}`;
    case "end":
      return `end ${effect.reason}`;
    case "arm":
      return `arm ${effect.ms}`;
    case "open":
      return effect.urgent ? "open at once" : "open";
    default:
      return effect.do;
  }
}

const events: Record<string, ConnectionEvent> = {
  start: { type: "start" },
  restart: { type: "restart" },
  leave: { type: "leave" },
  qr: { type: "qr", code: "code", expiresAtMs: 5 },
  code: { type: "pairing_code", code: "ABCD1234" },
  passkey: { type: "passkey", passkey: { state: "checking", expiresAtMs: 5 } },
  paired: { type: "paired" },
  opened: { type: "opened" },
  silent: { type: "timer", lastAliveAtMs: at.nowMs - silenceMs },
  alive: { type: "timer", lastAliveAtMs: at.nowMs - 1_000 },
};

const open = "disarm | open";
const again = `opening | close | tell connecting | ${open}`;
const left = "gone | disarm | close";
const lost = "waiting | close | arm 1000 | tell connecting";

/** Every phase under every event that is not `closed`; what is not listed changes nothing. */
const transitions: Record<Phase, Partial<Record<keyof typeof events, string>>> = {
  resting: { start: `opening | tell connecting | ${open}`, restart: again, leave: left },
  opening: {
    restart: again,
    leave: left,
    qr: `pairing | arm ${silenceMs} | show_qr`,
    paired: "paired | note_paired",
    opened: `connected | arm ${silenceMs} | tell connected`,
    silent: lost,
    alive: lost,
  },
  pairing: {
    restart: again,
    leave: left,
    qr: `pairing | arm ${silenceMs} | show_qr`,
    code: "pairing | show_pairing_code",
    passkey: "pairing | show_passkey",
    paired: "paired | note_paired",
    opened: `connected | arm ${silenceMs} | tell connected`,
    silent: lost,
    alive: `pairing | arm ${silenceMs - 1_000}`,
  },
  paired: {
    restart: again,
    leave: left,
    paired: "paired | note_paired",
    opened: `connected | arm ${silenceMs} | tell connected`,
    silent: lost,
    alive: lost,
  },
  connected: {
    restart: again,
    leave: left,
    paired: "paired | note_paired",
    opened: `connected | arm ${silenceMs} | tell connected`,
    silent: lost,
    alive: `connected | arm ${silenceMs - 1_000}`,
  },
  waiting: { restart: again, leave: left, silent: `opening | ${open}`, alive: `opening | ${open}` },
  checking: { restart: again, leave: left },
  ended: { restart: again, leave: left },
  gone: {},
};

describe("a connection", () => {
  for (const phase of phases) {
    for (const [name, event] of Object.entries(events)) {
      const expected = transitions[phase][name] ?? phase;
      it(`${phase} on ${name}: ${expected}`, () => {
        expect(shown(inPhase(phase), event)).toBe(expected);
      });
    }
  }
});

/** What follows when the socket of a connected session is gone, by the kind of its end. */
const ends: Record<DisconnectKind, string> = {
  restart_required: "opening | tell connecting | disarm | open at once",
  connection_lost: "waiting | arm 1000 | tell connecting",
  unreachable: "waiting | arm 1000 | tell connecting",
  proxy_unreachable: "waiting | arm 1000 | tell connecting",
  unavailable: "waiting | arm 1000 | tell connecting",
  bad_session: "waiting | arm 1000 | tell connecting",
  replaced: "checking | disarm | check_lease",
  logged_out: "ended | disarm | end logged_out | erase_keys | fail_queued",
  banned: "ended | disarm | end banned | erase_keys | fail_queued",
  temporarily_banned: "waiting | arm 3600000 | tell connecting",
  client_outdated: "waiting | arm 2000 | tell connecting",
  multidevice_mismatch: "ended | disarm | end multidevice_mismatch",
  qr_timeout: "ended | disarm | end qr_timeout",
  passkey_timeout: "ended | disarm | end passkey_timeout",
  passkey_failed: "ended | disarm | end passkey_failed",
  fenced: "checking | disarm | check_lease",
  closed_by_us: "resting | disarm",
};

describe("a connection whose socket is gone", () => {
  for (const kind of kinds) {
    const closed: ConnectionEvent = { type: "closed", cause: cause(kind) };
    for (const phase of ["opening", "pairing", "connected"] as const) {
      it(`${phase}, ${kind}: ${ends[kind]}`, () => {
        expect(shown(inPhase(phase), closed)).toBe(ends[kind]);
      });
    }
    it(`does not hear ${kind} of a socket it has given up`, () => {
      for (const phase of ["resting", "waiting", "checking", "ended", "gone"] as const) {
        expect(shown(inPhase(phase), closed)).toBe(phase);
      }
    });
  }

  it("begins the link anew where WhatsApp never let its keys in, a few times", () => {
    const closed: ConnectionEvent = { type: "closed", cause: cause("logged_out") };
    const anew = "opening | disarm | erase_keys | tell starting | open";
    for (const linked of [true, false]) {
      expect(shown(inPhase("opening", { linked, proven: false }), closed)).toBe(anew);
      expect(step(inPhase("opening", { linked, proven: false }), closed, at).state).toMatchObject({ linked: false });
    }
    expect(shown(inPhase("opening", { proven: false, failures: 3 }), closed)).toBe(ends.logged_out);
  });

  it("waits until a ban for a time has ended, however long that is, and at once where somebody restarts it", () => {
    const days = 30 * 86_400_000;
    const closed: ConnectionEvent = { type: "closed", cause: { ...cause("temporarily_banned"), bannedForMs: days } };
    const { state } = step(inPhase("opening"), closed, at);
    const later = (ms: number) => ({ ...at, nowMs: at.nowMs + ms });
    const rings: ConnectionEvent = { type: "timer", lastAliveAtMs: 0 };
    expect(shown(state, rings, later(86_400_000))).toBe("waiting | arm 86400000");
    expect(shown(state, rings, later(days - 5_000))).toBe("waiting | arm 5000");
    expect(shown(state, rings, later(days))).toBe(`opening | ${open}`);
    expect(shown(state, events.restart ?? rings)).toBe(again);
    const nextOwner = firstState({ linked: true, proven: true, bannedUntilMs: at.nowMs + 7_000 });
    expect(shown(nextOwner, { type: "start" })).toBe("waiting | arm 7000");
    expect(shown(nextOwner, { type: "start" }, later(7_000))).toBe(`opening | tell connecting | ${open}`);
  });

  it("ends pairing with 515: opens at once with the new keys and says nothing", () => {
    const closed: ConnectionEvent = { type: "closed", cause: cause("restart_required") };
    expect(shown(inPhase("paired"), closed)).toBe("opening | disarm | open at once");
  });

  it("waits longer when 515 repeats itself", () => {
    const closed: ConnectionEvent = { type: "closed", cause: cause("restart_required") };
    expect(shown(inPhase("opening", { failures: 1 }), closed)).toBe("waiting | arm 2000 | tell connecting");
  });

  it("goes on as starting while nobody has scanned", () => {
    const closed: ConnectionEvent = { type: "closed", cause: cause("connection_lost") };
    expect(shown(inPhase("pairing", { linked: false }), closed)).toBe("waiting | arm 1000 | tell starting");
  });

  it("backs off to a minute and for ever, and starts again from a second after it was steady", () => {
    let state = inPhase("opening");
    const waits: number[] = [];
    for (let failure = 1; failure <= 12; failure++) {
      const closed = step(state, { type: "closed", cause: cause("unavailable") }, at);
      waits.push(...closed.effects.flatMap(effect => (effect.do === "arm" ? [effect.ms] : [])));
      state = step(closed.state, { type: "timer", lastAliveAtMs: 0 }, at).state;
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60].map(seconds => seconds * 1_000));
    const briefly = { ...state, phase: "connected" as const, connectedAtMs: at.nowMs - steadyAfterMs + 1 };
    const steady = { ...briefly, connectedAtMs: at.nowMs - steadyAfterMs };
    const closed: ConnectionEvent = { type: "closed", cause: cause("connection_lost") };
    expect(shown(briefly, closed)).toBe("waiting | arm 60000 | tell connecting");
    expect(shown(steady, closed)).toBe("waiting | arm 1000 | tell connecting");
  });
});

describe("a connection that was replaced", () => {
  const judged = (ours: boolean, kind: DisconnectKind = "replaced"): ConnectionEvent => ({
    type: "lease",
    ours,
    cause: cause(kind),
  });

  it("is gone where the lease is another host's", () => {
    expect(shown(inPhase("checking"), judged(false))).toBe(left);
  });

  it("tries once more after 30 s where the lease is ours", () => {
    expect(shown(inPhase("checking"), judged(true))).toBe(`waiting | arm ${replacedRetryMs} | tell connecting`);
  });

  it("ends when it is replaced again soon, and not when that was long ago", () => {
    const soon = inPhase("checking", { replacedAtMs: at.nowMs - replacedAgainWithinMs });
    const longAgo = inPhase("checking", { replacedAtMs: at.nowMs - replacedAgainWithinMs - 1 });
    expect(shown(soon, judged(true))).toBe("ended | disarm | end replaced");
    expect(shown(longAgo, judged(true))).toBe(`waiting | arm ${replacedRetryMs} | tell connecting`);
  });

  it("opens its keys anew where a key write was refused and the lease is ours all the same", () => {
    expect(shown(inPhase("checking"), judged(true, "fenced"))).toBe("waiting | arm 1000 | tell connecting");
  });

  it("does not ask the lease of a connection that was restarted meanwhile", () => {
    expect(shown(inPhase("opening"), judged(false))).toBe("opening");
  });
});

describe("whatever happens to a connection", () => {
  const event: fc.Arbitrary<ConnectionEvent> = fc.oneof(
    fc.constantFrom(...Object.values(events)),
    fc.constantFrom(...kinds).map((kind): ConnectionEvent => ({ type: "closed", cause: cause(kind) })),
    fc.record({ type: fc.constant("lease" as const), ours: fc.boolean(), cause: fc.constant(cause("replaced")) }),
  );

  it("opens a socket only when it has none, always has a timer while something is to come, and never comes back when gone", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(event, { maxLength: 60 }), (linked, happenings) => {
        let state = firstState({ linked, proven: linked });
        let sockets = 0;
        let armed = false;
        for (const happening of happenings) {
          const before = state.phase;
          // A socket says that it is closed only while there is one.
          if (happening.type === "closed" && sockets === 0) continue;
          if (happening.type === "closed") sockets = 0;
          const next = step(state, happening, at);
          if (before === "gone") expect(next).toEqual({ state, effects: [] });
          if (happening.type === "timer") armed = false;
          for (const effect of next.effects) {
            if (effect.do === "close") sockets = 0;
            if (effect.do === "open") expect(sockets++).toBe(0);
            // Its turn comes, and with it the timer.
            if (effect.do === "open") armed = true;
            if (effect.do === "arm") armed = true;
            if (effect.do === "disarm") armed = false;
          }
          state = next.state;
          if (["pairing", "connected", "waiting"].includes(state.phase)) expect(armed).toBe(true);
          if (["ended", "gone", "resting", "waiting", "checking"].includes(state.phase)) expect(sockets).toBe(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
