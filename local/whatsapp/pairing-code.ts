import { randomBytes } from "node:crypto";
import {
  aesDecryptCTR,
  aesDecryptGCM,
  aesEncryptCTR,
  Curve,
  derivePairingCodeKey,
  hkdf,
  type KeyPair,
} from "@whiskeysockets/baileys";

/** A key of X25519, or of AES-256. */
const KEY_BYTES = 32;
const SALT_BYTES = 32;
const CTR_IV_BYTES = 16;
const GCM_IV_BYTES = 12;

/** An ephemeral public key under the code: 32 bytes of salt, 16 of IV, 32 of AES-CTR; the code alone opens it. */
export async function wrapKey(publicKey: Uint8Array, code: string): Promise<Buffer> {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(CTR_IV_BYTES);
  const key = await derivePairingCodeKey(code, salt);
  return Buffer.concat([salt, iv, aesEncryptCTR(publicKey, key, iv)]);
}

/** Undoes `wrapKey`. Under another code it gives another key, and nothing tells: that shows only in `openBundle`. */
export async function unwrapKey(wrapped: Buffer, code: string): Promise<Buffer> {
  const key = await derivePairingCodeKey(code, wrapped.subarray(0, SALT_BYTES));
  const iv = wrapped.subarray(SALT_BYTES, SALT_BYTES + CTR_IV_BYTES);
  return aesDecryptCTR(wrapped.subarray(SALT_BYTES + CTR_IV_BYTES), key, iv);
}

/** What the client seals for the phone once both have typed and shown one code. */
interface KeyBundle {
  readonly companionIdentity: Buffer;
  readonly primaryIdentity: Buffer;
  readonly random: Buffer;
}

/** The secret that both sides derive, or undefined where the client's bundle was sealed under another code. */
export function advSecretOf(
  sealed: Buffer,
  keys: { ephemeral: KeyPair; companionEphemeral: Uint8Array; identity: KeyPair },
): Buffer | undefined {
  const shared = Curve.sharedKey(keys.ephemeral.private, keys.companionEphemeral);
  const bundle = openBundle(sealed, shared);
  if (!bundle) return undefined;
  const identityShared = Curve.sharedKey(keys.identity.private, bundle.companionIdentity);
  const secret = Buffer.concat([shared, identityShared, bundle.random]);
  return Buffer.from(hkdf(secret, KEY_BYTES, { info: "adv_secret" }));
}

function openBundle(sealed: Buffer, shared: Uint8Array): KeyBundle | undefined {
  const salt = sealed.subarray(0, SALT_BYTES);
  const iv = sealed.subarray(SALT_BYTES, SALT_BYTES + GCM_IV_BYTES);
  const key = hkdf(shared, KEY_BYTES, { salt, info: "link_code_pairing_key_bundle_encryption_key" });
  const opened = opens(() => aesDecryptGCM(sealed.subarray(SALT_BYTES + GCM_IV_BYTES), key, iv, Buffer.alloc(0)));
  if (!opened) return undefined;
  return {
    companionIdentity: opened.subarray(0, KEY_BYTES),
    primaryIdentity: opened.subarray(KEY_BYTES, 2 * KEY_BYTES),
    random: opened.subarray(2 * KEY_BYTES),
  };
}

/** The one thing that fails here is authentication, and it means that the keys differ. */
function opens(decrypt: () => Buffer): Buffer | undefined {
  try {
    return decrypt();
  } catch {
    return undefined;
  }
}
