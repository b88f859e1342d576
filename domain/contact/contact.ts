import * as z from "zod";
import { derivedId, type Id, idOf } from "../id.ts";
import { contactTagsMax } from "../tables.ts";
import { PhoneNumber } from "./phone-number.ts";

export const Tag = z.string().trim().min(1).max(50);

export const nameLengthMax = 200;

const Name = z
  .string()
  .trim()
  .min(1)
  .max(nameLengthMax)
  .nullable()
  .meta({ examples: ["Ana Souza"] });
const Email = z
  .email()
  .max(254)
  .nullable()
  .meta({ examples: ["ana@example.com"] });
const Tags = z
  .array(Tag)
  .transform(tags => [...new Set(tags)])
  .refine(tags => tags.length <= contactTagsMax, { error: `must be at most ${contactTagsMax} tags` })
  .meta({ examples: [["customer", "vip"]] });

const CustomValue = z.union([z.string().max(1_000), z.number(), z.boolean()], {
  error: "must be a text of at most 1000 characters, a number or a boolean",
});
const CustomKey = z.string().min(1).max(100);
const customFieldsMax = 50;
const customBytesMax = 8_192;

/** A customer's own fields, as they are kept. */
export const CustomFields = z
  .record(CustomKey, CustomValue)
  .refine(fields => Object.keys(fields).length <= customFieldsMax, {
    error: `must be at most ${customFieldsMax} fields`,
  })
  .refine(fields => Buffer.byteLength(JSON.stringify(fields)) <= customBytesMax, {
    error: "must be at most 8 KB as JSON",
  });
export type CustomFields = z.infer<typeof CustomFields>;

/** Fields to merge into those that are kept: null takes one out. */
const CustomFieldsPatch = z
  .record(CustomKey, CustomValue.nullable())
  .refine(fields => Object.keys(fields).length <= 2 * customFieldsMax, { error: "has too many fields" })
  .meta({ description: "Merged field by field; null takes one out.", examples: [{ city: "São Paulo" }] });

/** What a client may change of a contact; what is not named stays. */
export const ContactPatch = z.strictObject({
  name: Name.optional(),
  email: Email.optional(),
  tags: Tags.optional(),
  customFields: CustomFieldsPatch.optional(),
  optedOut: z.boolean().optional(),
});
export type ContactPatch = z.infer<typeof ContactPatch>;

/** A contact as a client gives it: a new one, or what is to change of the one that has this number. */
export const GivenContact = z.strictObject({ phoneNumber: PhoneNumber, ...ContactPatch.shape });
export type GivenContact = z.infer<typeof GivenContact>;

/** All that a client may set of a contact; what is not named is as in a new one. */
export const ContactSettings = z.strictObject({
  name: Name.default(null),
  email: Email.default(null),
  tags: Tags.default([]),
  customFields: CustomFields.default({}),
  optedOut: z.boolean().default(false),
});
export type ContactSettings = z.infer<typeof ContactSettings>;

/** A contact as customers see it. */
export const Contact = z
  .object({
    id: idOf("con"),
    phoneNumber: z.string().meta({ examples: ["+5511999999999"] }),
    name: z.string().nullable(),
    email: z.string().nullable(),
    tags: z.array(z.string()),
    customFields: z.record(z.string(), CustomValue),
    optedOut: z.boolean(),
    optedOutAt: z.iso.datetime().nullable(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({
    id: "Contact",
    description:
      "optedOut: whether they want no messages: as set here, or by STOP or another such word in answer to a campaign, until START. Sends to them, under any spelling of the number, are a 422 opted_out, and campaigns skip them.",
  });
export type Contact = z.infer<typeof Contact>;

/** A contact as it is stored. */
export const StoredContact = Contact.extend({
  tenantId: idOf("ten"),
  /** Counts its changes; a write is conditional on the one last read, so that none is lost. */
  revision: z.int().min(1),
  /** What made its last change: made again after a crash, it is known to be done. */
  changedBy: z.string(),
  /** Which index each tag stands in; a tag keeps its place as long as the contact keeps the tag. */
  tagPlaces: z.array(z.string().nullable()),
  /** When the person went by the name it has, where WhatsApp told it; null where the customer gave the name, or none is known. */
  whatsappNamedAt: z.iso.datetime().nullable().default(null),
});
export type StoredContact = z.infer<typeof StoredContact>;

export type ContactRef = Pick<StoredContact, "tenantId" | "id">;

/** The contact a tenant has under a number, whether it is there or not: the number is what it is kept by. */
export function contactRef(tenantId: Id<"ten">, phoneNumber: string): ContactRef {
  return { tenantId, id: derivedId("con", [tenantId, phoneNumber]) };
}

export function publicContact(contact: StoredContact): Contact {
  return Contact.parse(contact);
}
