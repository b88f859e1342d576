import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPhoneNumber } from "../../../domain/contact/phone-number.ts";
import { Recipient } from "../../../domain/jid.ts";

describe("reading a phone number", () => {
  it.each([
    ["+5511999999999", "+5511999999999"],
    ["5511999999999", "+5511999999999"],
    ["005511999999999", "+5511999999999"],
    [" +55 (11) 99999-9999 ", "+5511999999999"],
    ["+1.415.555/2671", "+14155552671"],
    ["＋５５ １１ ９９９９９-９９９９", "+5511999999999"],
    // The brackets say how it is dialled at home, and the country's rules what is left out from abroad.
    ["+44 (0)20 7946 0958", "+442079460958"],
    ["+39 (06) 1234 5678", "+390612345678"],
    ["0054 (011) 15-2345-6789", "+5491123456789"],
    // Old Mexican and Argentinian spellings, and Brazilian ones with and without the ninth digit, stay as they are.
    ["+52 1 55 1234 5678", "+5215512345678"],
    ["+54 9 11 2345-6789", "+5491123456789"],
    ["+55 11 9999-9999", "+551199999999"],
  ])("reads %s as %s", (text, number) => {
    expect(readPhoneNumber(text)).toBe(number);
  });

  it.each([
    "",
    " ",
    "+",
    "123456",
    "1234567890123456",
    "(11) 99999-9999 x",
    "011999999999",
    "+0 11 999 999",
    "ana",
    "5511+999999",
  ])("reads no number in %j", text => {
    expect(readPhoneNumber(text)).toBeUndefined();
  });

  const number = fc.stringMatching(/^[1-9][0-9]{6,14}$/);
  const separators = fc.array(fc.constantFrom("", " ", "-", ".", "/", " - "), { minLength: 16, maxLength: 16 });

  it("keeps every digit, however the number is spaced", () => {
    fc.assert(
      fc.property(number, separators, fc.constantFrom("", "+", "00", "+ "), (digits, between, prefix) => {
        const spaced = [...digits].map((digit, at) => `${digit}${between[at] ?? ""}`).join("");
        expect(readPhoneNumber(`${prefix}${spaced}`)).toBe(`+${digits}`);
      }),
    );
  });

  it("gives what can be sent to, and reads its own spelling again", () => {
    fc.assert(
      fc.property(
        fc.oneof(number, fc.string(), fc.stringMatching(/^\+[0-9]{1,3} \(0[0-9]{0,3}\)[0-9 -]{5,12}$/)),
        text => {
          const read = readPhoneNumber(text);
          fc.pre(read !== undefined);
          expect(readPhoneNumber(read ?? "")).toBe(read);
          expect(Recipient.parse(read)).toBe(`${read?.slice(1)}@s.whatsapp.net`);
        },
      ),
    );
  });
});
