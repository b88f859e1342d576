import type { SessionStatus } from "../domain/session/session.ts";
import type { EndReason } from "./disconnect-policy.ts";
import type { Disconnect, PasskeyStep } from "./whatsapp-port.ts";

/** What happens to a session's connection. */
export type ConnectionEvent =
  | { readonly type: "start" }
  | { readonly type: "qr"; readonly code: string; readonly expiresAtMs: number }
  | { readonly type: "pairing_code"; readonly code: string }
  | { readonly type: "pairing_code_refused"; readonly statusCode: number | null }
  | { readonly type: "passkey"; readonly passkey: PasskeyStep }
  | { readonly type: "paired" }
  | { readonly type: "opened" }
  | { readonly type: "closed"; readonly cause: Disconnect }
  /** The one timer rang; `lastAliveAtMs` is when bytes last arrived, on the monotonic clock. */
  | { readonly type: "timer"; readonly lastAliveAtMs: number }
  | { readonly type: "lease"; readonly ours: boolean; readonly cause: Disconnect }
  | { readonly type: "restart" }
  | { readonly type: "leave" };

/** What is to be done about it, in this order. */
export type ConnectionEffect =
  /** Opens a socket in its turn, and sets the timer to `openWithinMs` then; `urgent` does not wait for a turn. */
  | { readonly do: "open"; readonly urgent: boolean }
  | { readonly do: "close" }
  /** Sets the one timer, in place of the one that may be set. */
  | { readonly do: "arm"; readonly ms: number }
  | { readonly do: "disarm" }
  | { readonly do: "check_lease"; readonly cause: Disconnect }
  | { readonly do: "show_qr"; readonly code: string; readonly expiresAtMs: number }
  | { readonly do: "show_pairing_code"; readonly code: string }
  | { readonly do: "tell_code_refused"; readonly statusCode: number | null }
  | { readonly do: "show_passkey"; readonly passkey: PasskeyStep }
  /** The keys log in from now on; the code is used up. */
  | { readonly do: "note_paired" }
  | { readonly do: "tell"; readonly status: SessionStatus; readonly cause: Disconnect | null }
  | { readonly do: "end"; readonly reason: EndReason; readonly cause: Disconnect }
  | { readonly do: "erase_keys" }
  | { readonly do: "fail_queued" };
