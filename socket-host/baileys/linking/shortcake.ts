import { randomBytes } from "node:crypto";
import {
  type AuthenticationCreds,
  aesEncryptGCM,
  bytesToCrockford,
  Curve,
  hkdf,
  hmacSign,
  type KeyPair,
  proto,
  sha256,
} from "@whiskeysockets/baileys";

/** What this client registers as: `DeviceProps.PlatformType`. */
const deviceType = proto.DeviceProps.PlatformType.CHROME;
const keyBytes = 32;
const ivBytes = 12;
const codeBytes = 5;

/**
 * The cryptography of a link by passkey, which WhatsApp Web calls Shortcake. Read in WhatsApp Web's own modules
 * (PasskeyPrologue, HandoffProof, PairingRequest) and, byte for byte the same, in whatsmeow pair-passkey.go and zapo
 * shortcake-crypto.ts.
 */
export interface Prologue {
  readonly payload: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ephemeral: KeyPair;
  readonly ref: string;
}

/** The phone's half of the exchange, opened from its notification. */
export interface PrimaryIdentity {
  readonly publicKey: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Proves that whoever answers the challenge is the client whose QR or code the phone took: a key of the secret before. */
export function handoffKeyOf(advSecretKey: string): Uint8Array {
  return hkdf(Buffer.from(advSecretKey, "base64"), keyBytes, { info: "shortcake-passkey-handoff-v1" });
}

export function handoffProof(key: Uint8Array, payload: Uint8Array): Uint8Array {
  return hmacSign(payload, key);
}

/** A new identity for this exchange, and a commitment to the nonce that is told later. */
export function newPrologue(ref: string): Prologue {
  const ephemeral = Curve.generateKeyPair();
  const nonce = randomBytes(keyBytes);
  const identity = { publicKey: ephemeral.public, deviceType, ref };
  const companionEphemeralIdentity = proto.CompanionEphemeralIdentity.encode(identity).finish();
  const hash = sha256(Buffer.concat([companionEphemeralIdentity, nonce]));
  const payload = proto.ProloguePayload.encode({ companionEphemeralIdentity, commitment: { hash } }).finish();
  return { payload, nonce, ephemeral, ref };
}

/** Undefined where it is not what a phone says. */
export function primaryIdentityOf(bytes: Uint8Array): PrimaryIdentity | undefined {
  const { publicKey, nonce } = proto.PrimaryEphemeralIdentity.decode(bytes);
  if (publicKey?.length !== keyBytes || nonce?.length !== keyBytes) return undefined;
  return { publicKey, nonce };
}

/** The code that the phone shows as well: `XXXX-XXXX`. */
export function comparedCode({ nonce }: Prologue, primary: PrimaryIdentity): string {
  const digest = sha256(Buffer.concat([nonce, primary.publicKey]));
  const mixed = Buffer.from(primary.nonce.subarray(0, codeBytes).map((byte, at) => byte ^ (digest[at] ?? 0)));
  const code = bytesToCrockford(mixed);
  return `${code.slice(0, 4)}-${code.slice(4)}`;
}

/** The request that links, sealed for the phone alone. */
export function pairingRequest(prologue: Prologue, primary: PrimaryIdentity, creds: AuthenticationCreds): Uint8Array {
  const shared = Curve.sharedKey(prologue.ephemeral.private, primary.publicKey);
  const salt = Buffer.from(`Companion Pairing ${deviceType} with ref ${prologue.ref}`);
  const key = hkdf(shared, keyBytes, { salt, info: "Pairing Information Encryption Key" });
  const plain = proto.PairingRequest.encode({
    companionPublicKey: creds.noiseKey.public,
    companionIdentityKey: creds.signedIdentityKey.public,
    advSecret: Buffer.from(creds.advSecretKey, "base64"),
  }).finish();
  const iv = randomBytes(ivBytes);
  const encryptedPayload = aesEncryptGCM(plain, key, iv, Buffer.alloc(0));
  return proto.EncryptedPairingRequest.encode({ encryptedPayload, iv }).finish();
}
