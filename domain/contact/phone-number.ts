import { parsePhoneNumberFromString } from "libphonenumber-js/min";
import * as z from "zod";

const spelling = /^(?:\+|00)?[\d\s().\-/]+$/;
const international = /^[1-9]\d{6,14}$/;
/** Which way a number is dialled within its country: `+44 (0)20 7946 0958`, `+54 (011) 15-2345-6789`. */
const localPart = /\(\s*0/;

/**
 * The phone number a text spells, as `+` and 7 to 15 digits; undefined where it spells none. It must begin with its
 * country code, with or without `+` or `00`. Digits are kept as they stand: whether a number exists is WhatsApp's to
 * say, and it knows Brazilian, Mexican and Argentinian numbers by spellings that numbering plans have given up. Only a
 * number that shows how it is dialled at home, with a zero in brackets, is read by its country's rules.
 */
export function readPhoneNumber(text: string): string | undefined {
  const plain = text.normalize("NFKC").trim();
  if (!spelling.test(plain)) return undefined;
  const digits = localPart.test(plain) ? fromAbroad(plain) : plain.replace(/\D/g, "").replace(/^00/, "");
  return international.test(digits) ? `+${digits}` : undefined;
}

function fromAbroad(plain: string): string {
  const parsed = parsePhoneNumberFromString(plain.replace(/^(?:00|\+)?/, "+"));
  return parsed?.number.slice(1) ?? "";
}

const message = "must be a phone number with its country code, 7 to 15 digits";

export const PhoneNumber = z
  .string({ error: message })
  .max(50, { error: message })
  .transform((text, context) => {
    const number = readPhoneNumber(text);
    if (number !== undefined) return number;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  })
  .meta({
    description: "A phone number with its country code, however it is spaced; it is kept as + and digits.",
    examples: ["+5511999999999", "+55 (11) 99999-9999"],
  });
