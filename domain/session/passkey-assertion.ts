import { createHash } from "node:crypto";
import * as z from "zod";
import { DomainError } from "../error.ts";

/** The relying party of every passkey of a WhatsApp account. */
const rpId = "whatsapp.com";
const userPresent = 0x01;
const userVerified = 0x04;
/** The hash of the relying party, a byte of flags and a counter of four. */
const authenticatorDataMin = 37;

const base64url = z
  .string()
  .min(1)
  .max(8_192)
  .regex(/^[A-Za-z0-9_-]+$/, "must be base64url without padding");

/**
 * What `navigator.credentials.get()` gives, by its `toJSON()`. What it holds besides is left out: WhatsApp takes these
 * fields alone.
 */
export const PasskeyCredential = z
  .object({
    id: base64url,
    rawId: base64url,
    type: z.string().max(40),
    response: z.object({
      clientDataJSON: base64url,
      authenticatorData: base64url,
      signature: base64url,
      userHandle: base64url.nullable().default(null),
    }),
  })
  .meta({ id: "PasskeyCredential", description: "The credential as `credential.toJSON()` gives it in the browser." });
export type PasskeyCredential = z.infer<typeof PasskeyCredential>;

/** WhatsApp's challenge, as `navigator.credentials.get()` takes it in JSON. Only what is checked here is read. */
export const PasskeyOptions = z.looseObject({
  challenge: base64url,
  timeout: z.number().positive().optional(),
  rpId: z.literal(rpId),
  userVerification: z.string().optional(),
});
export type PasskeyOptions = z.infer<typeof PasskeyOptions>;

/** An assertion that WhatsApp would refuse. */
export class PasskeyInvalid extends DomainError {
  override readonly name = "PasskeyInvalid";
  constructor(detail: string, options: { cause?: unknown } = {}) {
    super("passkey_invalid", detail, options);
  }
}

const ClientData = z.object({
  type: z.string(),
  challenge: z.string(),
  origin: z.string(),
  crossOrigin: z.boolean().optional(),
});

/**
 * Checks an assertion against the challenge that it answers, as far as that is possible without the account's public key:
 * a credential of another site, of an older challenge or without the person's consent is never forwarded. Throws
 * PasskeyInvalid, which says what is wrong and repeats nothing of it.
 */
export function checkAssertion(credential: PasskeyCredential, options: PasskeyOptions): void {
  const { id, rawId, type, response } = credential;
  if (type !== "public-key") throw new PasskeyInvalid("The credential's type must be public-key.");
  if (id !== rawId) throw new PasskeyInvalid("The credential's id and rawId must be the same.");
  const clientData = clientDataOf(response.clientDataJSON);
  if (clientData.type !== "webauthn.get") throw new PasskeyInvalid("The credential does not answer a challenge.");
  if (clientData.challenge !== options.challenge) throw new PasskeyInvalid("The credential answers another challenge.");
  if (!isWhatsApp(clientData.origin) || clientData.crossOrigin === true) {
    throw new PasskeyInvalid("The credential was made on another site. Make it in a page of https://web.whatsapp.com.");
  }
  checkAuthenticator(Buffer.from(response.authenticatorData, "base64url"), options);
}

function clientDataOf(encoded: string): z.infer<typeof ClientData> {
  try {
    return ClientData.parse(JSON.parse(Buffer.from(encoded, "base64url").toString("utf8")));
  } catch (cause) {
    throw new PasskeyInvalid("The credential's clientDataJSON cannot be read.", { cause });
  }
}

function isWhatsApp(origin: string): boolean {
  const url = URL.parse(origin);
  if (url?.protocol !== "https:" || url.origin !== origin) return false;
  return url.hostname === rpId || url.hostname.endsWith(`.${rpId}`);
}

function checkAuthenticator(data: Buffer, { userVerification }: PasskeyOptions): void {
  const expected = createHash("sha256").update(rpId).digest();
  if (data.length < authenticatorDataMin || !data.subarray(0, expected.length).equals(expected)) {
    throw new PasskeyInvalid("The credential is not one of whatsapp.com.");
  }
  const flags = data.readUInt8(expected.length);
  const needed = userVerification === "required" ? userPresent | userVerified : userPresent;
  if ((flags & needed) !== needed) throw new PasskeyInvalid("The authenticator did not verify the person.");
}
