import * as z from "zod";
import type { EncryptionContext, SecretBox } from "../secret/envelope.ts";
import { PasskeyCredential, PasskeyOptions } from "./passkey-assertion.ts";
import type { SessionRef } from "./session.ts";

type Owner = Pick<SessionRef, "id" | "tenantId">;

/** What a link by passkey shows the customer: WhatsApp's challenge, or the code to compare. */
export const PasskeyShown = z.object({
  options: PasskeyOptions.nullable(),
  code: z.string().nullable(),
});
export type PasskeyShown = z.infer<typeof PasskeyShown>;

/** Seals and opens what must be stored nowhere in the clear, for the one session that is linked by it. */
export interface SealedPasskeys {
  sealShown(session: Owner, shown: PasskeyShown): Promise<Uint8Array>;
  openShown(session: Owner, sealed: Uint8Array): Promise<PasskeyShown>;
  sealCredential(session: Owner, credential: PasskeyCredential): Promise<Uint8Array>;
  openCredential(session: Owner, sealed: Uint8Array): Promise<PasskeyCredential>;
}

export function sealedPasskeys(box: SecretBox): SealedPasskeys {
  const seal = (session: Owner, kind: Kind, value: unknown) =>
    box.seal(JSON.stringify(value), contextOf(session, kind));
  const open = async (session: Owner, kind: Kind, sealed: Uint8Array): Promise<unknown> =>
    JSON.parse(await box.open(sealed, contextOf(session, kind)));
  return {
    sealShown: (session, shown) => seal(session, "shown", shown),
    openShown: async (session, sealed) => PasskeyShown.parse(await open(session, "shown", sealed)),
    sealCredential: (session, credential) => seal(session, "credential", credential),
    openCredential: async (session, sealed) => PasskeyCredential.parse(await open(session, "credential", sealed)),
  };
}

type Kind = "shown" | "credential";

function contextOf({ tenantId, id }: Owner, kind: Kind): EncryptionContext {
  return { purpose: "session-passkey", kind, tenantId, sessionId: id };
}
