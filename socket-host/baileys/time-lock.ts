import type { ConnectionState } from "@whiskeysockets/baileys";

type Told = NonNullable<ConnectionState["reachoutTimeLock"]>;

/** WhatsApp Web takes a lock whose end is not told to last for a minute (lib/Socket/messages-recv.js). */
const untoldMs = 60_000;

/** Until when an account is locked (epoch ms), as Baileys tells it; null where it is not. */
export function lockedUntilMs({ isActive, timeEnforcementEnds }: Told, nowMs: number): number | null {
  if (!isActive) return null;
  return timeEnforcementEnds?.getTime() ?? nowMs + untoldMs;
}
