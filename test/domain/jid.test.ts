import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGroup, isLid, Jid, personOf, phoneOf, Recipient } from "../../domain/jid.ts";

const digits = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789"), minLength, maxLength });

describe("a recipient", () => {
  it("is any 7 to 15 digits, with or without +, and white space around it", () => {
    fc.assert(
      fc.property(
        digits(7, 15),
        fc.constantFrom("", "+", " ", " +"),
        fc.constantFrom("", " "),
        (number, before, after) => {
          const jid = Recipient.parse(`${before}${number}${after}`);
          expect(jid).toBe(`${number}@s.whatsapp.net`);
          expect(phoneOf(jid)).toBe(`+${number}`);
        },
      ),
    );
  });

  it("is any JID, which stays as it is", () => {
    const jids = fc.oneof(
      digits(7, 15).map(number => `${number}@s.whatsapp.net`),
      digits(1, 20).map(lid => `${lid}@lid`),
      digits(5, 20).map(group => `${group}@g.us`),
      fc.tuple(digits(5, 20), digits(5, 20)).map(([owner, time]) => `${owner}-${time}@g.us`),
    );
    fc.assert(
      fc.property(jids, jid => {
        const read = Recipient.parse(jid);
        expect(read).toBe(jid);
        expect(Recipient.parse(read)).toBe(read);
        expect([isGroup(read), isLid(read), phoneOf(read) !== null].filter(Boolean)).toHaveLength(1);
        expect(personOf({ jid: read }).id).toBe(jid);
      }),
    );
  });

  it.each([
    "",
    "+",
    "123456",
    "1234567890123456",
    "++5511999999999",
    "55 11 99999 9999",
    "(11) 99999-9999",
    "٥٥١١٩٩٩٩٩٩٩٩٩",
    "5511999999999@c.us",
    "5511999999999:3@s.whatsapp.net",
    "5511999999999@s.whatsapp.net.evil.example",
    "status@broadcast",
    "@lid",
    "a@g.us",
  ])("is not %j", text => {
    expect(Recipient.safeParse(text).success).toBe(false);
  });

  it("is no other text", () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const looksRight = /^\+?\d{7,15}$/.test(text.trim()) || Jid.safeParse(text.trim()).success;
        expect(Recipient.safeParse(text).success).toBe(looksRight);
      }),
    );
  });
});
