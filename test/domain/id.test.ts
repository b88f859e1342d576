import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { derivedId, idOf, idPrefixes, newId } from "../../domain/id.ts";

const prefixes = fc.constantFrom(...idPrefixes);
const times = fc.integer({ min: 0, max: 2 ** 48 - 1 });

describe("an id", () => {
  it("is its prefix and 26 Crockford base-32 characters, and of no other kind", () => {
    fc.assert(
      fc.property(prefixes, prefixes, times, (prefix, other, time) => {
        const id = newId(prefix, time);
        expect(id).toMatch(/^[a-z]{3}_[0-9A-HJKMNP-TV-Z]{26}$/);
        expect(idOf(prefix).safeParse(id).success).toBe(true);
        expect(idOf(other).safeParse(id).success).toBe(prefix === other);
      }),
    );
  });

  it("sorts by the millisecond it was made in", () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        if (one < other) expect(newId("msg", one) < newId("msg", other)).toBe(true);
        if (one < other) expect(derivedId("msg", ["x"], one) < derivedId("msg", ["y"], other)).toBe(true);
      }),
    );
  });

  it("that is derived is the same for the same cause alone, however the cause is cut", () => {
    const causes = fc.array(fc.string());
    fc.assert(
      fc.property(causes, causes, (one, other) => {
        expect(derivedId("evt", one)).toBe(derivedId("evt", [...one]));
        const same = JSON.stringify(one) === JSON.stringify(other);
        expect(derivedId("evt", one) === derivedId("evt", other)).toBe(same);
        expect(idOf("evt").safeParse(derivedId("evt", one)).success).toBe(true);
      }),
    );
    expect(derivedId("evt", ["ab", "c"])).not.toBe(derivedId("evt", ["a", "bc"]));
  });

  it("is no other text", () => {
    fc.assert(
      fc.property(fc.string(), text => {
        expect(idOf("ses").safeParse(text).success).toBe(false);
        expect(idOf("ses").safeParse(`ses_${text}`).success).toBe(/^[0-9A-HJKMNP-TV-Z]{26}$/.test(text));
      }),
    );
  });
});
