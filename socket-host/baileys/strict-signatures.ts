import { createPublicKey, verify } from "node:crypto";
import { installServerCheck } from "./server-certificate.ts";

/**
 * Makes Baileys check signatures, and that the server is the one that its certificates name. 7.0.0-rc14 ignores what libsignal's verification answers (lib/Utils/crypto.js), so
 * that Noise certificates and the account's signature of a linked device pass whoever signed them. Everything in
 * Baileys verifies through this one object. To be called before the first socket; calling it again changes nothing.
 */
export function installStrictSignatures(): void {
  installServerCheck(verifyXEd25519);
}

const prime = 2n ** 255n - 19n;
const keyBytes = 32;
const signatureBytes = 64;
const signBit = 0x80;

/**
 * Whether a key signed a message by XEd25519 as Signal has it (https://signal.org/docs/specifications/xeddsa/, with
 * the sign of the Edwards point in the signature's top bit, as libsignal's curve25519 does). The key is a Curve25519
 * public key of 32 bytes, or 33 with Signal's leading 5. A malformed key or signature is a wrong one.
 */
export function verifyXEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const montgomery = publicKey.length === keyBytes + 1 ? publicKey.subarray(1) : publicKey;
  if (montgomery.length !== keyBytes || signature.length !== signatureBytes) return false;
  const u = fromLittleEndian(montgomery) & (2n ** 255n - 1n);
  // -1 has no counterpart on the Edwards curve.
  if (u % prime === prime - 1n) return false;
  const y = (((u - 1n + prime) % prime) * inverse(u + 1n)) % prime;
  const edwards = toLittleEndian(y);
  const plainSignature = Buffer.from(signature);
  const last = plainSignature.readUInt8(signatureBytes - 1);
  edwards.writeUInt8(edwards.readUInt8(keyBytes - 1) | (last & signBit), keyBytes - 1);
  plainSignature.writeUInt8(last & ~signBit, signatureBytes - 1);
  const jwk = { kty: "OKP", crv: "Ed25519", x: edwards.toString("base64url") };
  return verify(null, message, createPublicKey({ key: jwk, format: "jwk" }), plainSignature);
}

function inverse(value: bigint): bigint {
  let result = 1n;
  let base = value % prime;
  for (let exponent = prime - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = (result * base) % prime;
    base = (base * base) % prime;
  }
  return result;
}

function fromLittleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
}

function toLittleEndian(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(keyBytes * 2, "0"), "hex").reverse();
}
