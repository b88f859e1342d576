import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { Curve } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { installStrictSignatures, verifyXEd25519 } from "../../../socket-host/baileys/strict-signatures.ts";

const changed = (bytes: Uint8Array, at: number) => {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
};

describe("signatures", () => {
  it("that libsignal made are accepted, with the key bare or with Signal's leading byte", () => {
    for (let n = 0; n < 20; n++) {
      const pair = Curve.generateKeyPair();
      const message = randomBytes(n * 7 + 1);
      const signature = Curve.sign(pair.private, message);
      expect(verifyXEd25519(pair.public, message, signature)).toBe(true);
      expect(verifyXEd25519(Buffer.concat([Buffer.from([5]), pair.public]), message, signature)).toBe(true);
    }
  });

  it("of another key, of another message, altered anywhere, or not signatures at all are refused", () => {
    const pair = Curve.generateKeyPair();
    const message = randomBytes(40);
    const signature = Curve.sign(pair.private, message);
    expect(verifyXEd25519(Curve.generateKeyPair().public, message, signature)).toBe(false);
    expect(verifyXEd25519(pair.public, changed(message, 0), signature)).toBe(false);
    for (let at = 0; at < 64; at++) expect(verifyXEd25519(pair.public, message, changed(signature, at))).toBe(false);
    expect(verifyXEd25519(pair.public, message, randomBytes(64))).toBe(false);
    expect(verifyXEd25519(pair.public, message, signature.subarray(0, 63))).toBe(false);
    expect(verifyXEd25519(pair.public.subarray(1), message, signature)).toBe(false);
    expect(verifyXEd25519(Buffer.alloc(32), message, signature)).toBe(false);
  });

  it("are not checked by Baileys itself", async () => {
    // In a process where nobody has installed what this is about.
    const asked = `import { Curve } from "@whiskeysockets/baileys";
      console.log(Curve.verify(Curve.generateKeyPair().public, Buffer.alloc(10), Buffer.alloc(64, 7)));`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", asked]);
    expect(stdout).toBe("true\n");
  });

  it("are checked by Baileys once that is installed", () => {
    const pair = Curve.generateKeyPair();
    const [message, garbage] = [randomBytes(10), randomBytes(64)];
    installStrictSignatures();
    expect(Curve.verify(pair.public, message, garbage)).toBe(false);
    expect(Curve.verify(pair.public, message, Curve.sign(pair.private, message))).toBe(true);
  });
});
