import * as z from "zod";
import { PasskeyOptions } from "../../../domain/session/passkey-assertion.ts";
import type { SealedPasskeys } from "../../../domain/session/sealed-passkey.ts";
import type { Session } from "../../../domain/session/session.ts";

/** A link by passkey, as the customer sees it. */
export const PasskeyView = z
  .object({
    state: z.enum(["none", "challenge", "checking", "confirmation", "finishing"]).meta({
      description:
        "`none`: no passkey is asked for. `challenge`: give `options` to navigator.credentials.get() in a page of https://web.whatsapp.com and post the credential. `checking`: WhatsApp and the phone look at it. `confirmation`: compare `code` with the phone's and confirm. `finishing`: the link is about to be made.",
    }),
    options: PasskeyOptions.nullable().meta({ description: "WhatsApp's challenge, as JSON for the browser." }),
    code: z.string().nullable().meta({ description: "The code that the phone shows as well, as XXXX-XXXX." }),
    failure: z.enum(["refused", "phone_silent"]).nullable().meta({
      description: "Why there is a new challenge: WhatsApp refused the last credential, or the phone did not answer.",
    }),
    expiresAt: z.iso.datetime().nullable().meta({ description: "When this state ends if nothing happens." }),
  })
  .meta({ id: "Passkey" });
export type PasskeyView = z.infer<typeof PasskeyView>;

const none: PasskeyView = { state: "none", options: null, code: null, failure: null, expiresAt: null };

export async function passkeyView(sealed: SealedPasskeys, session: Session): Promise<PasskeyView> {
  const { passkey } = session;
  if (passkey === null || passkey === undefined) return none;
  const { state, failure, expiresAt } = passkey;
  const shown = passkey.sealed ? await sealed.openShown(session, passkey.sealed) : { options: null, code: null };
  return { state, ...shown, failure, expiresAt };
}
