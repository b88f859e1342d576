/**
 * Pre-keys stand in packs of neighbouring ids, since a first connect makes 812 of them and DynamoDB bills each item
 * by the kilobyte: 48 keys of 64 bytes, each with its id and length, are 3.3 kB.
 */
const idsPerPack = 48;

export function packOf(id: string): string {
  return `prekeys#${String(Math.floor(Number(id) / idsPerPack)).padStart(7, "0")}`;
}

export type Pack = ReadonlyMap<string, Uint8Array>;

const headerBytes = 6;

/** Each key as a 4-byte id, a 2-byte length and its bytes, big-endian. */
function encodePack(pack: Pack): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [id, key] of pack) {
    const header = Buffer.alloc(headerBytes);
    header.writeUInt32BE(Number(id), 0);
    header.writeUInt16BE(key.byteLength, 4);
    parts.push(header, key);
  }
  return Buffer.concat(parts);
}

export function decodePack(bytes: Uint8Array | undefined): Pack {
  const pack = new Map<string, Uint8Array>();
  if (bytes === undefined) return pack;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < buffer.length; ) {
    const end = at + headerBytes + buffer.readUInt16BE(at + 4);
    pack.set(String(buffer.readUInt32BE(at)), buffer.subarray(at + headerBytes, end));
    at = end;
  }
  return pack;
}

/** The pack with these keys put in, or taken out where null; undefined where nothing is left of it. */
export function changePack(
  before: Uint8Array | undefined,
  changes: ReadonlyMap<string, Uint8Array | null>,
): Uint8Array | null {
  const pack = new Map(decodePack(before));
  for (const [id, key] of changes) {
    if (key === null) pack.delete(id);
    else pack.set(id, key);
  }
  return pack.size === 0 ? null : encodePack(pack);
}
