import {
  aesDecryptGCM,
  aesEncryptGCM,
  Curve,
  hkdf,
  type KeyPair,
  NOISE_MODE,
  NOISE_WA_HEADER,
  proto,
  sha256,
} from "@whiskeysockets/baileys";

const IV_BYTES = 12;
const NO_BYTES = Buffer.alloc(0);

/** The peer did not speak the Noise handshake as WhatsApp does; the connection is of no use any more. */
export class HandshakeFailed extends Error {
  readonly code = "handshake_failed";
  override readonly name = "HandshakeFailed";
}

/** What a client says of itself inside the handshake, and the static key that proves it. */
export interface ClientFinish {
  readonly noiseKey: Buffer;
  readonly payload: proto.ClientPayload;
}

/** Both directions after the handshake: AES-256-GCM, a counter for an IV, no associated data. */
export interface NoiseTransport {
  seal(plaintext: Uint8Array): Buffer;
  open(ciphertext: Uint8Array): Buffer;
}

/**
 * The server's half of Noise_XX_25519_AESGCM_SHA256 as WhatsApp runs it:
 *
 *     client ── clientHello(e) ──▶ server
 *     client ◀── serverHello(e, ee, s, es, certificate chain) ── server
 *     client ── clientFinish(s, se, client payload) ──▶ server
 *
 * Use each method once, in the order of the picture.
 */
export class NoiseResponder {
  readonly #leaf: KeyPair;
  readonly #certificateChain: Uint8Array;
  readonly #ephemeral = Curve.generateKeyPair();
  // The protocol name is 32 bytes long and is hash, salt and key at once until the first mix.
  #hash: Buffer = Buffer.from(NOISE_MODE);
  #salt: Buffer = this.#hash;
  #key: Buffer = this.#hash;
  #counter = 0;

  constructor(leaf: KeyPair, certificateChain: Uint8Array) {
    this.#leaf = leaf;
    this.#certificateChain = certificateChain;
  }

  /** Takes the client hello, gives the server hello. */
  answerHello(frame: Uint8Array): Uint8Array {
    const clientEphemeral = proto.HandshakeMessage.decode(frame).clientHello?.ephemeral;
    if (clientEphemeral?.length !== 32) throw new HandshakeFailed("the client hello has no ephemeral key");
    this.#authenticate(NOISE_WA_HEADER);
    this.#authenticate(clientEphemeral);
    this.#authenticate(this.#ephemeral.public);
    this.#mix(Curve.sharedKey(this.#ephemeral.private, clientEphemeral));
    const sealedStatic = this.#encrypt(this.#leaf.public);
    this.#mix(Curve.sharedKey(this.#leaf.private, clientEphemeral));
    const payload = this.#encrypt(this.#certificateChain);
    return proto.HandshakeMessage.encode({
      serverHello: { ephemeral: this.#ephemeral.public, static: sealedStatic, payload },
    }).finish();
  }

  /** Takes the client finish, gives what the client says it is. */
  readFinish(frame: Uint8Array): ClientFinish {
    const finish = proto.HandshakeMessage.decode(frame).clientFinish;
    if (!finish?.static || !finish.payload) throw new HandshakeFailed("the client finish is incomplete");
    const noiseKey = this.#decrypt(finish.static);
    this.#mix(Curve.sharedKey(this.#ephemeral.private, noiseKey));
    return { noiseKey, payload: proto.ClientPayload.decode(this.#decrypt(finish.payload)) };
  }

  transport(): NoiseTransport {
    const [read, write] = this.#derive(NO_BYTES);
    let opened = 0;
    let sealed = 0;
    return {
      seal: plaintext => aesEncryptGCM(plaintext, write, iv(sealed++), NO_BYTES),
      open: ciphertext => aesDecryptGCM(ciphertext, read, iv(opened++), NO_BYTES),
    };
  }

  #authenticate(bytes: Uint8Array): void {
    this.#hash = Buffer.from(sha256(Buffer.concat([this.#hash, bytes])));
  }

  #derive(secret: Uint8Array): [Buffer, Buffer] {
    const keys = Buffer.from(hkdf(secret, 64, { salt: this.#salt, info: "" }));
    return [keys.subarray(0, 32), keys.subarray(32)];
  }

  #mix(secret: Uint8Array): void {
    [this.#salt, this.#key] = this.#derive(secret);
    this.#counter = 0;
  }

  #encrypt(plaintext: Uint8Array): Buffer {
    const ciphertext = aesEncryptGCM(plaintext, this.#key, iv(this.#counter++), this.#hash);
    this.#authenticate(ciphertext);
    return ciphertext;
  }

  #decrypt(ciphertext: Uint8Array): Buffer {
    try {
      const plaintext = aesDecryptGCM(ciphertext, this.#key, iv(this.#counter++), this.#hash);
      this.#authenticate(ciphertext);
      return plaintext;
    } catch (cause) {
      throw new HandshakeFailed("the client finish does not decrypt", { cause });
    }
  }
}

function iv(counter: number): Buffer {
  const bytes = Buffer.alloc(IV_BYTES);
  bytes.writeUInt32BE(counter, IV_BYTES - 4);
  return bytes;
}
