import { createPublicKey, verify } from "node:crypto";

const P = 2n ** 255n - 19n;
const ED25519_DER_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/**
 * Checks an XEdDSA signature, the one WhatsApp uses, by the book and with none of libsignal's code: the Montgomery key
 * becomes an Edwards key, whose sign travels in the last bit of the signature.
 */
export function verifyXeddsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false;
  const key = publicKey.length === 33 ? publicKey.subarray(1) : publicKey;
  const u = BigInt(`0x${Buffer.from(key).reverse().toString("hex")}`) % P;
  const y = mod((u - 1n) * power(u + 1n, P - 2n));
  const edwards = Buffer.from(y.toString(16).padStart(64, "0"), "hex").reverse();
  const plain = Buffer.from(signature);
  const lastByte = plain.readUInt8(63);
  edwards.writeUInt8(edwards.readUInt8(31) | (lastByte & 0x80), 31);
  plain.writeUInt8(lastByte & 0x7f, 63);
  const der = Buffer.concat([ED25519_DER_PREFIX, edwards]);
  return verify(null, message, createPublicKey({ key: der, format: "der", type: "spki" }), plain);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = mod(base);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}

function mod(value: bigint): bigint {
  return ((value % P) + P) % P;
}
