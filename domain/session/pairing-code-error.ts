import * as z from "zod";

/** Why WhatsApp gave no pairing code. `statusCode` is WhatsApp's number; null where it did not answer. */
export const PairingCodeError = z
  .object({
    reason: z.enum(["refused", "rate_limited", "not_on_whatsapp", "unavailable"]),
    statusCode: z.int().nullable(),
  })
  .meta({
    id: "PairingCodeError",
    description:
      "Why WhatsApp gave no pairing code for the number: `refused` (400), `rate_limited` (429, wait before you restart the session), `not_on_whatsapp` (404), `unavailable` (anything else, or no answer). The QR can be scanned all the same.",
  });
export type PairingCodeError = z.infer<typeof PairingCodeError>;

const reasonOf: Readonly<Record<number, PairingCodeError["reason"]>> = {
  400: "refused",
  404: "not_on_whatsapp",
  429: "rate_limited",
};

export function pairingCodeErrorOf(statusCode: number | null): PairingCodeError {
  return { reason: reasonOf[statusCode ?? 0] ?? "unavailable", statusCode };
}
