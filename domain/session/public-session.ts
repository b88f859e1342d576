import { toDataURL } from "qrcode";
import * as z from "zod";
import { PairingCodeError } from "./pairing-code-error.ts";
import { Session } from "./session.ts";

/** A session as customers see it. */
export const PublicSession = Session.omit({
  tenantId: true,
  shard: true,
  linked: true,
  epoch: true,
  retentionDays: true,
  pairingNumber: true,
  proxy: true,
  passkey: true,
  firstConnectedAt: true,
})
  .extend({
    pairingCode: z.string().nullable().meta({
      description: "eight letters and digits to type on the phone whose number was given, for as long as the QRs last",
    }),
    pairingCodeError: PairingCodeError.nullable().default(null),
    qr: z
      .object({
        code: z.string().meta({ description: "the raw string WhatsApp shows" }),
        image: z.string().meta({ description: "a PNG as a data URL" }),
        expiresAt: z.iso.datetime(),
      })
      .nullable(),
  })
  .meta({ id: "Session" });
export type PublicSession = z.infer<typeof PublicSession>;

/** The session as the API and its events give it, its QR drawn. */
export async function publicSession(session: Session): Promise<PublicSession> {
  const qr = session.qr && { ...session.qr, image: await toDataURL(session.qr.code, { margin: 2, scale: 6 }) };
  return PublicSession.parse({ ...session, qr });
}
