/** What a stream of protobuf fields cannot be read as. */
export class MalformedStream extends Error {
  override readonly name = "MalformedStream";
  readonly code = "malformed_stream";
}

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** One field that was asked for, as it passes. */
export type Field =
  | { readonly kind: "number"; readonly number: number; readonly value: number }
  | { readonly kind: "bytes"; readonly number: number; readonly bytes: Uint8Array }
  /** A message, of which nothing is read yet. */
  | { readonly kind: "message"; readonly number: number; readonly length: number };

export interface Wanted {
  readonly takes: ReadonlySet<number>;
  readonly enters: ReadonlySet<number>;
}

/** A field as it stood in the stream. */
export function encodedField(field: Exclude<Field, { kind: "message" }>): Uint8Array {
  if (field.kind === "number") return Buffer.from([...varint(field.number * 8), ...varint(field.value)]);
  const head = [...varint(field.number * 8 + wireTypes.bytes), ...varint(field.bytes.byteLength)];
  return Buffer.concat([Buffer.from(head), field.bytes]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/**
 * Reads the fields of a protobuf message as it streams in, so that a message of any size passes through a memory of
 * one field (https://protobuf.dev/programming-guides/encoding). Fields of a fixed width are passed over.
 */
export class ProtoStream {
  readonly #source: AsyncIterator<Uint8Array>;
  readonly #fieldBytesMax: number;
  #chunk: Uint8Array = new Uint8Array();
  #at = 0;
  /** Bytes read so far. */
  #position = 0;

  constructor(source: AsyncIterable<Uint8Array>, fieldBytesMax: number) {
    this.#source = source[Symbol.asyncIterator]();
    this.#fieldBytesMax = fieldBytesMax;
  }

  /**
   * The fields of the message that begins here and ends after `length` bytes, or with the stream. Of one that `enters`
   * names, nothing is read yet: whoever gets it reads its fields by `fields(wanted, length)` before asking for more.
   */
  async *fields(wanted: Wanted, length = Number.POSITIVE_INFINITY): AsyncGenerator<Field> {
    const end = this.#position + length;
    while (this.#position < end) {
      const tag = await this.#varint(length === Number.POSITIVE_INFINITY);
      if (tag === undefined) return;
      const [number, wireType] = [Math.floor(tag / 8), tag % 8];
      if (wireType === wireTypes.varint) {
        const value = (await this.#varint(false)) ?? 0;
        if (wanted.takes.has(number)) yield { kind: "number", number, value };
      } else if (wireType === wireTypes.fixed64) await this.#skip(8);
      else if (wireType === wireTypes.fixed32) await this.#skip(4);
      else if (wireType === wireTypes.bytes) yield* this.#delimited(number, wanted);
      else throw new MalformedStream(`a field has wire type ${wireType}`);
    }
    if (this.#position > end) throw new MalformedStream("a message is longer than it said");
  }

  async *#delimited(number: number, { takes, enters }: Wanted): AsyncGenerator<Field> {
    const length = (await this.#varint(false)) ?? 0;
    if (enters.has(number)) {
      const end = this.#position + length;
      yield { kind: "message", number, length };
      await this.#skip(end - this.#position);
    } else if (takes.has(number) && length <= this.#fieldBytesMax) {
      yield { kind: "bytes", number, bytes: await this.#take(length) };
    } else {
      await this.#skip(length);
    }
  }

  /** Undefined where the stream ends before it begins, if it may. */
  async #varint(mayEnd: boolean): Promise<number | undefined> {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      const byte = await this.#byte();
      if (byte === undefined && mayEnd && shift === 0) return undefined;
      if (byte === undefined) throw new MalformedStream("the stream ends within a number");
      value += (byte % 128) * 2 ** (7 * shift);
      if (byte < 128) return value;
    }
    throw new MalformedStream("a number has more than ten bytes");
  }

  async #byte(): Promise<number | undefined> {
    if (!(await this.#hasMore())) return undefined;
    this.#position++;
    return this.#chunk[this.#at++];
  }

  async #take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    for (let left = length; left > 0; ) {
      if (!(await this.#hasMore())) throw new MalformedStream("the stream ends within a field");
      const part = this.#chunk.subarray(this.#at, this.#at + left);
      parts.push(part);
      this.#pass(part.byteLength);
      left -= part.byteLength;
    }
    return Buffer.concat(parts);
  }

  async #skip(length: number): Promise<void> {
    if (length < 0) throw new MalformedStream("a message is longer than it said");
    for (let left = length; left > 0; ) {
      if (!(await this.#hasMore())) throw new MalformedStream("the stream ends within a field");
      const passed = Math.min(left, this.#chunk.byteLength - this.#at);
      this.#pass(passed);
      left -= passed;
    }
  }

  #pass(bytes: number): void {
    this.#at += bytes;
    this.#position += bytes;
  }

  async #hasMore(): Promise<boolean> {
    while (this.#at >= this.#chunk.byteLength) {
      const next = await this.#source.next();
      if (next.done) return false;
      this.#chunk = next.value;
      this.#at = 0;
    }
    return true;
  }
}
