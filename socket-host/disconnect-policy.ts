import type { DisconnectReason } from "../domain/session/session.ts";
import { type BackoffRange, outdatedBackoff } from "./backoff.ts";
import type { DisconnectKind } from "./whatsapp-port.ts";

/** The reasons that end a session: only a restart brings it back. */
export type EndReason = Extract<
  DisconnectReason,
  "logged_out" | "replaced" | "banned" | "multidevice_mismatch" | "qr_timeout" | "passkey_timeout" | "passkey_failed"
>;

/** What follows when a socket is gone. */
export type DisconnectPolicy =
  /** Again with the same keys, at once. */
  | { readonly action: "reconnect"; readonly reason: DisconnectReason }
  /** Again with the same keys, after a wait that grows, for ever. */
  | { readonly action: "backoff"; readonly reason: DisconnectReason; readonly range?: BackoffRange }
  /** Again with the same keys, once WhatsApp's ban has ended. */
  | { readonly action: "wait_out"; readonly reason: DisconnectReason }
  /** Somebody else logged in as this device: the lease says whether it may be another host of ours. */
  | { readonly action: "check_lease"; readonly reason: EndReason }
  | { readonly action: "end"; readonly reason: EndReason; readonly unlinks: boolean; readonly failsQueued: boolean }
  /** The keys said that another host owns the session; the lease says whether that is so. */
  | { readonly action: "doubt" }
  | { readonly action: "rest" };

/** The one table of disconnects. `unlinks`: the keys are worth nothing any more and are erased. */
export const disconnectPolicies: Readonly<Record<DisconnectKind, DisconnectPolicy>> = {
  restart_required: { action: "reconnect", reason: "restart_required" },
  connection_lost: { action: "backoff", reason: "connection_lost" },
  unreachable: { action: "backoff", reason: "unreachable" },
  proxy_unreachable: { action: "backoff", reason: "proxy_unreachable" },
  unavailable: { action: "backoff", reason: "unavailable" },
  bad_session: { action: "backoff", reason: "bad_session" },
  replaced: { action: "check_lease", reason: "replaced" },
  logged_out: { action: "end", reason: "logged_out", unlinks: true, failsQueued: true },
  banned: { action: "end", reason: "banned", unlinks: true, failsQueued: true },
  temporarily_banned: { action: "wait_out", reason: "temporarily_banned" },
  client_outdated: { action: "backoff", reason: "client_outdated", range: outdatedBackoff },
  multidevice_mismatch: { action: "end", reason: "multidevice_mismatch", unlinks: false, failsQueued: false },
  qr_timeout: { action: "end", reason: "qr_timeout", unlinks: false, failsQueued: false },
  passkey_timeout: { action: "end", reason: "passkey_timeout", unlinks: false, failsQueued: false },
  passkey_failed: { action: "end", reason: "passkey_failed", unlinks: false, failsQueued: false },
  fenced: { action: "doubt" },
  closed_by_us: { action: "rest" },
};
