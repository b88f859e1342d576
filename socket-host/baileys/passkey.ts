import type { Disconnect } from "../whatsapp-port.ts";

/**
 * Unverified: since June 2026 people report that WhatsApp answers some scans and codes with a notification of one of
 * these types, then waits for a passkey of the account, which takes a browser on WhatsApp's own site (Baileys#2672,
 * whatsmeow#1185). Baileys 7.0.0-rc14 knows neither and would go on to show QRs that lead nowhere.
 */
const types = new Set(["passkey_prologue_request", "crsc_continuation"]);

export function asksForPasskey(notificationType: string | undefined): boolean {
  return notificationType !== undefined && types.has(notificationType);
}

export const passkeyAsked: Disconnect = {
  kind: "passkey_required",
  statusCode: null,
  detail: "whatsapp asked for a passkey",
};
