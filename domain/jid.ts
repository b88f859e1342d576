import * as z from "zod";

/**
 * A JID as WhatsApp spells it, without a device: `<digits>@s.whatsapp.net` (a phone number), `<digits>@lid` (a
 * LID: a person whose number may be unknown) or `<digits>[-<digits>]@g.us` (a group).
 */
export type Jid = `${string}@s.whatsapp.net` | `${string}@lid` | `${string}@g.us`;

const jidPattern = /^(?:\d{7,15}@s\.whatsapp\.net|\d{1,20}@lid|\d{5,20}(?:-\d{5,20})?@g\.us)$/;

export const Jid = z.custom<Jid>(value => typeof value === "string" && jidPattern.test(value), {
  error: "must be a JID: digits and @s.whatsapp.net, @lid or @g.us",
});

/** What a customer writes as `to`: a JID, or a phone number of 7–15 digits with or without `+`. Answers the JID. */
export const Recipient = z
  .string()
  .trim()
  .min(1)
  .max(64)
  .transform((text, context): Jid => {
    const jid = Jid.safeParse(/^\+?\d{7,15}$/.test(text) ? `${text.replace("+", "")}@s.whatsapp.net` : text);
    if (jid.success) return jid.data;
    context.addIssue({ code: "custom", message: "must be a JID or a phone number of 7 to 15 digits" });
    return z.NEVER;
  })
  .meta({
    description: "A phone number of 7–15 digits, with or without +, or a JID (…@s.whatsapp.net, …@lid, …@g.us).",
    examples: ["+5511999999999", "5511999999999@s.whatsapp.net"],
  });

/** A person as a customer names one: like a recipient, but no group. */
export const PersonName = Recipient.refine(jid => !isGroup(jid), { error: "must be a person, not a group" }).meta({
  description: "A phone number of 7–15 digits, with or without +, or a person's JID (…@s.whatsapp.net, …@lid).",
  examples: ["+5511999999999"],
});

export function isGroup(jid: Jid): boolean {
  return jid.endsWith("@g.us");
}

export function isLid(jid: Jid): boolean {
  return jid.endsWith("@lid");
}

/** The phone number of a number's JID as `+` and digits; null for a LID or a group. */
export function phoneOf(jid: Jid): string | null {
  return jid.endsWith("@s.whatsapp.net") ? `+${jid.slice(0, jid.indexOf("@"))}` : null;
}

/**
 * A person, or a group as a destination: `id` is what a chat is called, `phone` is `+` and digits, `lid` is the LID's
 * JID. Never a JID to parse.
 */
export const Person = z
  .object({ id: z.string(), phone: z.string().nullable(), lid: z.string().nullable(), name: z.string().nullable() })
  .meta({ id: "Person" });
export type Person = z.infer<typeof Person>;

/** The person behind one or two names of theirs: the number's JID wins as `id` where it is known. */
export function personOf(names: { jid: Jid; lid?: Jid | undefined; name?: string | undefined }): Person {
  const lid = isLid(names.jid) ? names.jid : (names.lid ?? null);
  return { id: names.jid, phone: phoneOf(names.jid), lid, name: names.name ?? null };
}

/** Whether two are one person, by either name; nobody known is the same as nobody known. */
export function samePerson(one: Person | null, other: Person | null): boolean {
  if (one === null || other === null) return one === other;
  return one.id === other.id || (one.lid !== null && one.lid === other.lid);
}
