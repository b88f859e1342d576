import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sameLine, spellingsOf } from "../../../domain/contact/spellings.ts";
import type { Jid } from "../../../domain/jid.ts";

const jid = (digits: string): Jid => `${digits}@s.whatsapp.net`;

describe("the spellings of a number", () => {
  it.each([
    ["5511987654321", "551187654321"],
    ["5215512345678", "525512345678"],
    ["5491123456789", "541123456789"],
  ])("are two, and each leads to the other: %s, %s", (long, short) => {
    expect(spellingsOf(jid(long))).toEqual([jid(long), jid(short)]);
    expect(spellingsOf(jid(short))).toEqual([jid(short), jid(long)]);
  });

  it.each(["15551234567", "5511887654321", "55119876543210", "521551234567", "4915112345678", "1234567"])(
    "are one for %s",
    digits => {
      const spellings = spellingsOf(jid(digits));
      expect(spellings[0]).toBe(jid(digits));
      if (digits !== "521551234567") expect(spellings).toHaveLength(1);
    },
  );

  it.each(["77001122@lid", "120363000000000001@g.us"] as const)("are one for what is no number: %s", name => {
    expect(spellingsOf(name)).toEqual([name]);
  });

  it("are the same two, whichever of them one starts from", () => {
    const digits = fc.stringMatching(/^(?:55|52|54)[0-9]{10,11}$/);
    fc.assert(
      fc.property(digits, number => {
        const [given, other] = spellingsOf(jid(number));
        expect(given).toBe(jid(number));
        if (other !== undefined) expect(spellingsOf(other)).toEqual([other, given]);
      }),
    );
  });
});

describe("the spellings of one line", () => {
  it.each([
    ["5511987654321", "551187654321"],
    ["5215512345678", "525512345678"],
    ["5491123456789", "541123456789"],
  ])("are both, in the same order whichever is given: %s, %s", (long, short) => {
    expect(sameLine(jid(long))).toEqual([jid(short), jid(long)]);
    expect(sameLine(jid(short))).toEqual([jid(short), jid(long)]);
  });

  it.each(["551144445555", "5511944445555", "15551234567", "77001122@lid"])("are one alone for %s", name => {
    const given = name.includes("@") ? (name as Jid) : jid(name);
    expect(sameLine(given)).toEqual([given]);
  });
});
