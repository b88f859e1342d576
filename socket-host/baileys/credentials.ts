import { type AuthenticationCreds, BufferJSON, initAuthCreds } from "@whiskeysockets/baileys";
import * as z from "zod";
import type { SessionKeys } from "../keys/session-keys.ts";

const Stored = z.custom<AuthenticationCreds>(
  value =>
    z
      .object({
        registrationId: z.int(),
        nextPreKeyId: z.int(),
        signedIdentityKey: z.object({ public: z.instanceof(Uint8Array) }),
      })
      .safeParse(value).success,
);

/**
 * A session's credentials: the stored ones, or new ones where there are none, or where a pairing was left half done.
 * Such ones have a number but no account; with them Baileys would log in, be answered 401, and look logged out. Throws
 * where the stored ones cannot be read: that never makes a new identity.
 */
export async function openCredentials(keys: SessionKeys): Promise<AuthenticationCreds> {
  const stored = await keys.credentials();
  const creds = stored === undefined ? initAuthCreds() : usable(decode(stored));
  keys.keepCredentials(() => encodeJson(creds));
  return creds;
}

function usable(creds: AuthenticationCreds): AuthenticationCreds {
  const halfPaired = creds.me !== undefined && (!creds.me.lid || !creds.account);
  return halfPaired ? initAuthCreds() : creds;
}

function decode(bytes: Uint8Array): AuthenticationCreds {
  return Stored.parse(decodeJson(bytes));
}

/** JSON with bytes as base64, as Baileys has it. */
export function encodeJson(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value, BufferJSON.replacer));
}

export function decodeJson(bytes: Uint8Array): unknown {
  return JSON.parse(Buffer.from(bytes).toString(), BufferJSON.reviver);
}
