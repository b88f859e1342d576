import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DataKeys, open, seal, secretBox } from "../../../domain/secret/envelope.ts";

describe("seal and open", () => {
  it("give back what went in, and nothing under another key, another place or a changed byte", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.string(), fc.nat(), (plain, aad, position) => {
        const key = randomBytes(32);
        const sealed = seal(key, plain, aad);
        expect(Buffer.from(open(key, sealed, aad))).toEqual(Buffer.from(plain));
        expect(() => open(randomBytes(32), sealed, aad)).toThrow();
        expect(() => open(key, sealed, `${aad}!`)).toThrow();
        const changed = Buffer.from(sealed);
        const at = position % changed.length;
        changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
        expect(() => open(key, changed, aad)).toThrow();
      }),
    );
  });
});

/** Data keys wrapped by a key held here: what KMS does, with its calls counted. */
function countedKeys(): DataKeys & { calls: { generate: number; unwrap: number } } {
  const master = randomBytes(32);
  const calls = { generate: 0, unwrap: 0 };
  return {
    calls,
    async generate(context) {
      calls.generate++;
      const plain = randomBytes(32);
      return { plain, wrapped: seal(master, plain, JSON.stringify(context)) };
    },
    async unwrap(wrapped, context) {
      calls.unwrap++;
      return open(master, wrapped, JSON.stringify(context));
    },
  };
}

describe("secretBox", () => {
  it("opens what any box of the same installation sealed, and only under the same context", async () => {
    const keys = countedKeys();
    const sealed = await secretBox(keys).seal("whsec_secret", { tenantId: "ten_A" });
    expect(await secretBox(keys).open(sealed, { tenantId: "ten_A" })).toBe("whsec_secret");
    await expect(secretBox(keys).open(sealed, { tenantId: "ten_B" })).rejects.toThrow();
  });

  it("asks KMS once for many secrets of one context", async () => {
    const keys = countedKeys();
    const box = secretBox(keys);
    const sealed = await Promise.all([1, 2, 3].map(n => box.seal(`secret ${n}`, { tenantId: "ten_A" })));
    const again = await box.seal("secret 4", { tenantId: "ten_A" });
    for (const one of [...sealed, again]) await box.open(one, { tenantId: "ten_A" });
    expect(keys.calls.generate).toBeLessThanOrEqual(3);
    expect(keys.calls.unwrap).toBeLessThanOrEqual(3);
  });
});
