import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import * as z from "zod";
import { Blob, type Database } from "./database.ts";

/** The relying party of WhatsApp's passkeys, and the page that its people sign in. Measured in Baileys#2689. */
const RP_ID = "whatsapp.com";
const ORIGIN = "https://web.whatsapp.com";
const USER_PRESENT_AND_VERIFIED = 0x05;

const Row = z.object({ credential_id: Blob, user_handle: Blob, private_key: z.string(), counter: z.number() });

/** A credential as `credential.toJSON()` gives it in the browser, with the fields that WhatsApp is not told. */
interface Credential {
  readonly id: string;
  readonly rawId: string;
  readonly type: "public-key";
  readonly authenticatorAttachment: "platform";
  readonly clientExtensionResults: object;
  readonly response: {
    readonly clientDataJSON: string;
    readonly authenticatorData: string;
    readonly signature: string;
    readonly userHandle: string;
  };
}

/** What may be wrong with a credential that a test has made: of another page, or without the person's consent. */
export interface SignOptions {
  readonly origin?: string | undefined;
  readonly flags?: number | undefined;
}

/** The authenticators of the phones' owners: ES256 keys, one a phone, made when first asked for. */
export class PasskeyAuthenticators {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Answers a challenge as a browser in a page of web.whatsapp.com would. */
  sign(
    number: string,
    challenge: string,
    { origin = ORIGIN, flags = USER_PRESENT_AND_VERIFIED }: SignOptions,
  ): Credential {
    const { credential_id: id, user_handle: userHandle, private_key: key, counter } = this.#of(number);
    const clientData = Buffer.from(JSON.stringify({ type: "webauthn.get", challenge, origin, crossOrigin: false }));
    const authenticatorData = authenticatorDataOf(flags, counter + 1);
    const signature = sign("sha256", signedBytes(authenticatorData, clientData), createPrivateKey(key));
    this.#database.prepare("UPDATE passkeys SET counter = counter + 1 WHERE number = ?").run(number);
    return {
      id: id.toString("base64url"),
      rawId: id.toString("base64url"),
      type: "public-key",
      authenticatorAttachment: "platform",
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData.toString("base64url"),
        authenticatorData: authenticatorData.toString("base64url"),
        signature: signature.toString("base64url"),
        userHandle: userHandle.toString("base64url"),
      },
    };
  }

  /** Says what is wrong with an assertion over this challenge; undefined where WhatsApp would take it. */
  faultOf(number: string, credentialId: Buffer, assertion: unknown, challenge: string): string | undefined {
    const { credential_id: id, private_key: key } = this.#of(number);
    const parsed = Assertion.safeParse(assertion);
    if (!parsed.success) return "the assertion has other fields than WhatsApp takes";
    const { response, ...named } = parsed.data;
    if (!credentialId.equals(id) || named.rawId !== id.toString("base64url") || named.id !== named.rawId) {
      return "the credential is not one of this account";
    }
    const clientData = Buffer.from(response.clientDataJSON, "base64url");
    const said = ClientData.safeParse(JSON.parse(clientData.toString("utf8"))).data;
    if (said?.type !== "webauthn.get" || said.challenge !== challenge) return "the assertion answers another challenge";
    if (said.origin !== ORIGIN) return "the assertion was made on another page";
    const data = Buffer.from(response.authenticatorData, "base64url");
    if (!data.subarray(0, 32).equals(rpIdHash())) return "the assertion is of another relying party";
    if ((data[32] ?? 0) !== USER_PRESENT_AND_VERIFIED) return "the person was not verified";
    const signature = Buffer.from(response.signature, "base64url");
    const isSigned = verify("sha256", signedBytes(data, clientData), createPublicKey(key), signature);
    return isSigned ? undefined : "the signature is wrong";
  }

  #of(number: string): z.infer<typeof Row> {
    const found = this.#database.prepare("SELECT * FROM passkeys WHERE number = ?").get(number);
    if (found) return Row.parse(found);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    this.#database
      .prepare("INSERT INTO passkeys (number, credential_id, user_handle, private_key, counter) VALUES (?, ?, ?, ?, 0)")
      .run(number, randomBytes(20), randomBytes(16), pem);
    return this.#of(number);
  }
}

const Base64url = z.string().regex(/^[A-Za-z0-9_-]+$/);
const Assertion = z.strictObject({
  id: Base64url,
  rawId: Base64url,
  type: z.literal("public-key"),
  response: z.strictObject({
    clientDataJSON: Base64url,
    authenticatorData: Base64url,
    signature: Base64url,
    userHandle: Base64url.nullable(),
  }),
});
const ClientData = z.object({ type: z.string(), challenge: z.string(), origin: z.string() });

function rpIdHash(): Buffer {
  return createHash("sha256").update(RP_ID).digest();
}

function authenticatorDataOf(flags: number, counter: number): Buffer {
  const rest = Buffer.alloc(5);
  rest.writeUInt8(flags, 0);
  rest.writeUInt32BE(counter, 1);
  return Buffer.concat([rpIdHash(), rest]);
}

function signedBytes(authenticatorData: Buffer, clientData: Buffer): Buffer {
  return Buffer.concat([authenticatorData, createHash("sha256").update(clientData).digest()]);
}
