const NOISE_HEADER_BYTES = 4;
const ROUTING_PREFIX_BYTES = 7;
const LENGTH_BYTES = 3;

/**
 * Cuts a client's byte stream into frames. The stream opens with the 4-byte Noise header, before which a client that was
 * given routing information puts `ED 00 01`, a 3-byte length and that information; every frame after it is a 3-byte
 * big-endian length and its body (lib/Utils/noise-handler.js of Baileys).
 */
export class FrameReader {
  #bytes: Buffer = Buffer.alloc(0);
  #introduced = false;

  /** The frames that are complete now; the rest waits for more bytes. */
  *read(bytes: Uint8Array): Generator<Buffer> {
    this.#bytes = this.#bytes.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#bytes, bytes]);
    if (!this.#introduced && !this.#skipIntroduction()) return;
    while (this.#bytes.length >= LENGTH_BYTES) {
      const end = LENGTH_BYTES + this.#bytes.readUIntBE(0, LENGTH_BYTES);
      if (this.#bytes.length < end) return;
      const frame = this.#bytes.subarray(LENGTH_BYTES, end);
      this.#bytes = this.#bytes.subarray(end);
      yield frame;
    }
  }

  #skipIntroduction(): boolean {
    let length = NOISE_HEADER_BYTES;
    if (this.#bytes.length >= 2 && this.#bytes.toString("latin1", 0, 2) === "ED") {
      if (this.#bytes.length < ROUTING_PREFIX_BYTES) return false;
      length += ROUTING_PREFIX_BYTES + this.#bytes.readUIntBE(4, 3);
    }
    if (this.#bytes.length < length) return false;
    this.#bytes = this.#bytes.subarray(length);
    this.#introduced = true;
    return true;
  }
}

export function encodeFrame(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(LENGTH_BYTES + body.length);
  frame.writeUIntBE(body.length, 0, LENGTH_BYTES);
  frame.set(body, LENGTH_BYTES);
  return frame;
}
