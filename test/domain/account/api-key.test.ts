import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hashOfApiKey,
  newApiKeyText,
  opens,
  readApiKeyText,
  type StoredApiKey,
} from "../../../domain/account/api-key.ts";
import { newId } from "../../../domain/id.ts";

const modes = fc.constantFrom("live" as const, "test" as const);
const times = fc.integer({ min: 0, max: 2 ** 47 });
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

describe("an API key", () => {
  it("reads back to the id and mode it was written with", () => {
    fc.assert(
      fc.property(times, modes, (time, mode) => {
        const id = newId("key", time);
        expect(readApiKeyText(newApiKeyText(id, mode))).toEqual({ id, mode });
      }),
    );
  });

  it("is refused with any one character mistyped, before a table is read", () => {
    const key = newApiKeyText(newId("key", 1_700_000_000_000), "live");
    const mistake = fc.record({ at: fc.nat(key.length - 1), typed: fc.constantFrom(...alphabet, "a", "_", "l", " ") });
    fc.assert(
      fc.property(mistake, ({ at, typed }) => {
        const mistyped = key.slice(0, at) + typed + key.slice(at + 1);
        expect(readApiKeyText(mistyped) === undefined).toBe(mistyped !== key);
      }),
    );
  });

  it("is refused with two neighbours swapped, one dropped or one too many", () => {
    const key = newApiKeyText(newId("key", 1_700_000_000_000), "test");
    for (let at = 0; at < key.length - 1; at++) {
      const [one, other] = [key.charAt(at), key.charAt(at + 1)];
      const swapped = key.slice(0, at) + other + one + key.slice(at + 2);
      if (swapped !== key) expect(readApiKeyText(swapped)).toBeUndefined();
      expect(readApiKeyText(key.slice(0, at) + key.slice(at + 1))).toBeUndefined();
      expect(readApiKeyText(key.slice(0, at) + one + key.slice(at))).toBeUndefined();
    }
  });

  it("is no key for any other text", () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(readApiKeyText(text)).toBeUndefined();
      }),
    );
  });

  it("carries 130 bits of chance", () => {
    const id = newId("key", 1);
    const keys = new Set(Array.from({ length: 1_000 }, () => newApiKeyText(id, "live")));
    expect(keys.size).toBe(1_000);
    const zeros = newApiKeyText(id, "live", bytes => new Uint8Array(bytes));
    expect(zeros.slice(34, 60)).toBe("0".repeat(26));
    expect(zeros).toHaveLength(67);
  });
});

describe("a stored key", () => {
  const text = newApiKeyText(newId("key", 1), "live");
  const stored: StoredApiKey = {
    id: newId("key", 1),
    tenantId: newId("ten", 1),
    label: null,
    mode: "live",
    status: "active",
    createdAt: "2026-11-01T00:00:00.000Z",
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    hash: hashOfApiKey(text),
  };
  const expiring = { ...stored, expiresAt: "2026-12-01T00:00:00.000Z" };
  const end = Date.parse(expiring.expiresAt);

  it.each([
    ["the key itself", stored, text, true],
    ["another secret", stored, newApiKeyText(newId("key", 1), "live"), false],
    ["the key once it is revoked", { ...stored, status: "revoked" as const }, text, false],
  ])("opens to %s: %#", (_what, key, given, answer) => {
    expect(opens(key, given, end)).toBe(answer);
  });

  it("opens until it expires", () => {
    expect([opens(expiring, text, end - 1), opens(expiring, text, end)]).toEqual([true, false]);
  });
});
