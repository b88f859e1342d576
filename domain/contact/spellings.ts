import type { Jid } from "../jid.ts";

/**
 * Countries whose mobile numbers are known under two spellings, the longer of them with one digit more at `at`: Brazil
 * got a ninth digit, Mexico gave up its 1 after the country code, Argentina writes its 9 only from abroad. Which of them
 * an account has depends on when it was made, and only WhatsApp knows.
 */
const countries = [
  { code: "55", digit: "9", at: 4, shortLength: 12 },
  { code: "52", digit: "1", at: 2, shortLength: 12 },
  { code: "54", digit: "9", at: 2, shortLength: 12 },
] as const;

/** Every spelling a number's account may have at WhatsApp, the given one first; just that one outside those countries. */
export function spellingsOf(jid: Jid): Jid[] {
  const digits = /^(\d+)@s\.whatsapp\.net$/.exec(jid)?.[1] ?? "";
  const country = countries.find(({ code }) => digits.startsWith(code));
  const other = country && otherSpelling(digits, country);
  return other === undefined ? [jid] : [jid, `${other}@s.whatsapp.net`];
}

function otherSpelling(digits: string, { digit, at, shortLength }: (typeof countries)[number]): string | undefined {
  if (digits.length === shortLength) return `${digits.slice(0, at)}${digit}${digits.slice(at)}`;
  const isLong = digits.length === shortLength + 1 && digits[at] === digit;
  return isLong ? `${digits.slice(0, at)}${digits.slice(at + 1)}` : undefined;
}

/**
 * The spellings of a number that can be nobody else's, in an order that is the same for each of them. Brazil's mobile
 * numbers that were given a ninth digit began with 6 to 9: before that came landlines, whose number with a 9 before it
 * is another line.
 */
export function sameLine(jid: Jid): Jid[] {
  const spellings = spellingsOf(jid).sort((one, other) => one.length - other.length);
  const [shorter = jid] = spellings;
  return /^55\d{2}[2-5]/.test(shorter) ? [jid] : spellings;
}
