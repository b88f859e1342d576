import { createHash, randomBytes } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { encryptedStream, getMediaKeys } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { decrypted, downloadMedia } from "../../../socket-host/baileys/media-download.ts";
import { MediaBroken } from "../../../socket-host/whatsapp-port.ts";

const bytes = randomBytes(100_003);

async function encrypted() {
  const made = await encryptedStream(bytes, "image");
  const ciphertext = await readFile(made.encFilePath);
  await rm(made.encFilePath);
  const { iv, cipherKey, macKey } = await getMediaKeys(made.mediaKey, "image");
  const promised = {
    fileSha256: made.fileSha256.toString("base64"),
    fileEncSha256: made.fileEncSha256.toString("base64"),
  };
  return { ciphertext, keys: { iv, cipherKey, macKey: macKey ?? Buffer.alloc(0) }, promised };
}

async function* inChunks(whole: Buffer, size: number) {
  for (let at = 0; at < whole.length; at += size) yield whole.subarray(at, at + size);
}

describe("a file of WhatsApp's", () => {
  it.each([7, 1_000, 65_536, 200_000])("is decrypted as it streams, however it is cut: %i bytes", async size => {
    const { ciphertext, keys, promised } = await encrypted();
    const plain: Buffer[] = [];
    for await (const chunk of decrypted(inChunks(ciphertext, size), keys, promised)) plain.push(chunk);
    expect(createHash("sha256").update(Buffer.concat(plain)).digest("base64")).toBe(promised.fileSha256);
  });

  it.each<[string, (ciphertext: Buffer) => Buffer]>([
    ["a byte of it is another", whole => Buffer.from(whole.map((byte, at) => (at === 99 ? byte ^ 1 : byte)))],
    ["its end is missing", whole => whole.subarray(0, -1)],
    ["nothing came", () => Buffer.alloc(0)],
  ])("is broken where %s", async (_what, spoil) => {
    const { ciphertext, keys, promised } = await encrypted();
    const reading = Array.fromAsync(decrypted(inChunks(spoil(ciphertext), 4_096), keys, promised));
    await expect(reading).rejects.toThrow(MediaBroken);
  });

  it("is broken where it is another than the message promises", async () => {
    const { ciphertext, keys } = await encrypted();
    const promised = { fileSha256: randomBytes(32).toString("base64"), fileEncSha256: null };
    await expect(Array.fromAsync(decrypted(inChunks(ciphertext, 4_096), keys, promised))).rejects.toThrow(MediaBroken);
  });

  it("is fetched from no host that is not trusted", async () => {
    const source = {
      mediaKey: randomBytes(32).toString("base64"),
      directPath: "/v/1",
      fileSha256: null,
      fileEncSha256: null,
    };
    const isTrusted = (hostname: string) => hostname.endsWith(".whatsapp.net");
    const options = {
      host: "whatsapp.net.evil.example",
      isTrusted,
      agent: undefined,
      signal: new AbortController().signal,
    };
    await expect(downloadMedia({ kind: "image", source }, options)).rejects.toThrow(MediaBroken);
  });
});
