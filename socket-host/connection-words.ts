import { isoTime, type Now } from "../domain/clock.ts";
import { type Jid, phoneOf } from "../domain/jid.ts";
import { type DisconnectReason, nothingToLinkBy, type Session } from "../domain/session/session.ts";
import type { ConnectionEffect, ConnectionEvent } from "./connection-events.ts";
import type { ConnectionState } from "./connection-state.ts";
import { disconnectPolicies } from "./disconnect-policy.ts";
import type { StatusWords } from "./session-ledger.ts";
import type { Disconnect } from "./whatsapp-port.ts";

/** Whose number a session is linked to. */
export interface Self {
  readonly jid: Jid;
  readonly lid: Jid | null;
  readonly name: string | null;
}

/** The reason of a restriction that is a ban for a time, and the kind of the disconnect that tells of one. */
export const banned = "temporarily_banned";

/** When the ban that a session tells of ends, on the monotonic clock; null where it tells of none, or of no end. */
export function banEndMs({ restricted }: Session, { now, monotonic }: { now: Now; monotonic: () => number }) {
  if (restricted?.reason !== banned || restricted.until === null) return null;
  return monotonic() + Date.parse(restricted.until) - now();
}

/** What a session says that is connected now; `endsBan`: it said that it was banned for a time. */
export function connectedWords(self: Self, { nowMs, endsBan }: { nowMs: number; endsBan: boolean }): StatusWords {
  const phone = { ...self, number: phoneOf(self.jid) ?? self.jid };
  const lifted = endsBan ? { restricted: null } : {};
  const fields = { ...nothingToLinkBy, ...lifted, linked: true, phone, connectedAt: isoTime(nowMs) };
  return { status: "connected", fields, also: ["session.connected"] };
}

/** What a session says while it has no connection and wants one. */
export function wordsBetween({ status, cause }: Extract<ConnectionEffect, { do: "tell" }>, nowMs: number): StatusWords {
  const policy = cause === null ? undefined : disconnectPolicies[cause.kind];
  if (cause === null || policy === undefined || !("reason" in policy)) return { status, fields: nothingToLinkBy };
  const fields = { ...nothingToLinkBy, lastDisconnect: disconnectOf(policy.reason, cause, nowMs) };
  if (cause.kind !== banned) return { status, fields };
  const until = cause.bannedForMs === undefined ? null : isoTime(nowMs + cause.bannedForMs);
  return { status, fields: { ...fields, restricted: { reason: banned, until } }, also: ["session.restricted"] };
}

/** What a session says that has ended. */
export function endWords({ reason, cause }: Extract<ConnectionEffect, { do: "end" }>, nowMs: number): StatusWords {
  const policy = disconnectPolicies[cause.kind];
  const unlinked = policy.action === "end" && policy.unlinks ? { linked: false } : {};
  const fields = { ...nothingToLinkBy, lastDisconnect: disconnectOf(reason, cause, nowMs), ...unlinked };
  return { status: "disconnected", fields, also: ["session.disconnected"] };
}

function disconnectOf(reason: DisconnectReason, cause: Disconnect, nowMs: number): Session["lastDisconnect"] {
  const { statusCode, message = null } = cause;
  return { reason, statusCode, message, at: isoTime(nowMs) };
}

/** What the one line about a change of the connection says of its cause. */
export function wideFields(event: ConnectionEvent, state: ConnectionState) {
  const cause = event.type === "closed" || event.type === "lease" ? event.cause : undefined;
  return {
    on: event.type,
    failures: state.failures,
    ...(cause && { kind: cause.kind, statusCode: cause.statusCode, detail: cause.detail }),
    ...(event.type === "lease" && { ours: event.ours }),
  };
}
