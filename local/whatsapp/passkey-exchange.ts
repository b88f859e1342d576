import { randomBytes } from "node:crypto";
import {
  aesDecryptGCM,
  bytesToCrockford,
  Curve,
  hkdf,
  hmacSign,
  type KeyPair,
  proto,
  sha256,
} from "@whiskeysockets/baileys";
import type { DeviceRegistration } from "./linked-devices.ts";

const KEY_BYTES = 32;
const { CHROME } = proto.DeviceProps.PlatformType;

/** A step of the client's is not what the protocol says; the message names the part. */
export class PasskeyStepWrong extends Error {
  override readonly name = "PasskeyStepWrong";
  readonly code = "passkey_step_wrong";
}

function demand(isRight: boolean, wrong: string): asserts isRight {
  if (!isRight) throw new PasskeyStepWrong(wrong);
}

/** What the phone has of a client after its prologue. */
export interface Committed {
  readonly identity: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly hash: Uint8Array;
}

/**
 * The phone's half of a link by passkey. Read in WhatsApp Web (PasskeyPrologue, HandoffProof, PairingRequest) and
 * whatsmeow pair-passkey.go; the phone's side itself in the Android app, by others.
 */
export class PhoneExchange {
  readonly #ephemeral: KeyPair = Curve.generateKeyPair();
  readonly #nonce = randomBytes(KEY_BYTES);

  /** Opens a prologue. Throws PasskeyStepWrong where it names another ref, or proves another secret. */
  readPrologue(payload: Buffer, expected: { ref: string; secret: Buffer; proof: Buffer | undefined }): Committed {
    const { companionEphemeralIdentity: identity, commitment } = proto.ProloguePayload.decode(payload);
    demand(identity != null && commitment?.hash?.length === KEY_BYTES, "the prologue lacks its identity or commitment");
    const { publicKey, deviceType, ref } = proto.CompanionEphemeralIdentity.decode(identity);
    demand(publicKey?.length === KEY_BYTES, "the client's ephemeral key is not 32 bytes long");
    demand(ref === expected.ref, "the prologue names another ref");
    demand(deviceType === CHROME, "the prologue names another kind of device than was registered");
    if (expected.proof !== undefined) {
      const key = hkdf(expected.secret, KEY_BYTES, { info: "shortcake-passkey-handoff-v1" });
      demand(hmacSign(payload, key).equals(expected.proof), "the handoff proof is of another secret");
    }
    return { identity, publicKey, hash: commitment.hash };
  }

  identity(): Uint8Array {
    return proto.PrimaryEphemeralIdentity.encode({ publicKey: this.#ephemeral.public, nonce: this.#nonce }).finish();
  }

  /** The code that both show, once the client's nonce opens what it had committed to. */
  codeOf({ identity, hash }: Committed, companionNonce: Buffer): string {
    const isOpened = Buffer.from(hash).equals(sha256(Buffer.concat([identity, companionNonce])));
    demand(companionNonce.length === KEY_BYTES && isOpened, "the nonce does not open the commitment");
    const digest = sha256(Buffer.concat([companionNonce, this.#ephemeral.public]));
    const code = bytesToCrockford(Buffer.from(this.#nonce.subarray(0, 5).map((byte, at) => byte ^ (digest[at] ?? 0))));
    return `${code.slice(0, 4)}-${code.slice(4)}`;
  }

  /** The new ADV secret, from the request that the client sealed for this phone. */
  openRequest(sealed: Buffer, { publicKey }: Committed, of: { ref: string; registration: DeviceRegistration }): Buffer {
    const { encryptedPayload, iv } = proto.EncryptedPairingRequest.decode(sealed);
    demand(encryptedPayload != null && iv?.length === 12, "the pairing request lacks its ciphertext or IV");
    const salt = Buffer.from(`Companion Pairing ${CHROME} with ref ${of.ref}`);
    const shared = Curve.sharedKey(this.#ephemeral.private, publicKey);
    const key = hkdf(shared, KEY_BYTES, { salt, info: "Pairing Information Encryption Key" });
    const request = proto.PairingRequest.decode(opened(encryptedPayload, key, iv));
    const { noiseKey, identityKey } = of.registration;
    demand(noiseKey.equals(request.companionPublicKey ?? Buffer.alloc(0)), "the request names another noise key");
    demand(
      identityKey.equals(request.companionIdentityKey ?? Buffer.alloc(0)),
      "the request names another identity key",
    );
    demand(request.advSecret?.length === KEY_BYTES, "the request brings no secret");
    return Buffer.from(request.advSecret);
  }
}

function opened(ciphertext: Uint8Array, key: Uint8Array, iv: Uint8Array): Buffer {
  try {
    return aesDecryptGCM(ciphertext, key, iv, Buffer.alloc(0));
  } catch (cause) {
    throw new PasskeyStepWrong("the pairing request does not decrypt", { cause });
  }
}
