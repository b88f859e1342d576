import * as z from "zod";
import { Contact, ContactPatch, ContactSettings, GivenContact, Tag } from "../../../domain/contact/contact.ts";
import { PhoneNumber } from "../../../domain/contact/phone-number.ts";
import { PublicImport } from "../../../domain/contact-import/contact-import.ts";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import { noAnswerBody, pageOf, route } from "../route.ts";
import { ContactsCsv } from "./contacts-csv.ts";

const params = z.strictObject({ contactId: idOf("con") });
const ids = [{ kind: "contact", at: ["params.contactId"] }];

const listMax = 5_000;

const ContactList = z
  .strictObject({
    contacts: z
      .array(z.unknown().meta({ description: "A contact, as one alone is posted. One that is wrong fails by itself." }))
      .max(listMax, {
        error: `must be at most ${listMax} contacts; a file of more goes through POST /api/contacts/imports`,
      }),
  })
  .meta({ id: "ContactList", examples: [{ contacts: [{ phoneNumber: "+5511999999999", name: "Ana Souza" }] }] });

const OneContact = GivenContact.meta({
  id: "NewContact",
  examples: [{ phoneNumber: "+5511999999999", name: "Ana Souza", tags: ["vip"], customFields: { city: "São Paulo" } }],
});

const SavedContacts = z
  .object({
    created: z.int().min(0),
    updated: z.int().min(0),
    failed: z
      .array(z.object({ index: z.int().min(0), code: z.string(), message: z.string() }))
      .meta({ description: "The first 1,000 of them; index counts from 0, a header not counted." }),
    failedCount: z.int().min(0),
  })
  .meta({ id: "SavedContacts" });

/** A contact is kept by its number, which may be said again but not changed. */
const SameNumber = PhoneNumber.optional().meta({
  description: "The contact's own number; another is another contact.",
});

export const contactRoutes = {
  listContacts: route({
    method: "GET",
    path: "/api/contacts",
    resource: "contacts",
    operationId: "listContacts",
    summary: "The tenant's contacts, or those with a tag, or those whose name or number begins so",
    query: z.strictObject({
      ...PageQuery.shape,
      tag: Tag.optional(),
      search: z
        .string()
        .trim()
        .min(1)
        .max(100)
        .optional()
        .meta({
          description: "The start of the name, whatever its case and accents, or of the number.",
          examples: ["ana", "+5511"],
        }),
    }),
    answers: { 200: pageOf(Contact) },
  }),
  saveContacts: route({
    method: "POST",
    path: "/api/contacts",
    resource: "contacts",
    operationId: "saveContacts",
    summary: "Make a contact, or change the one with this number; or up to 5,000 at once, as JSON or CSV",
    body: z.union([OneContact, ContactList]),
    csv: ContactsCsv,
    answers: { 200: z.union([Contact, SavedContacts]), 201: Contact },
  }),
  getContact: route({
    method: "GET",
    path: "/api/contacts/:contactId",
    resource: "contacts",
    operationId: "getContact",
    summary: "One contact",
    ids,
    params,
    answers: { 200: Contact },
  }),
  updateContact: route({
    method: "PATCH",
    path: "/api/contacts/:contactId",
    resource: "contacts",
    operationId: "updateContact",
    summary: "Change a contact; what is not named stays, custom fields are merged",
    ids,
    params,
    body: ContactPatch.extend({ phoneNumber: SameNumber }).meta({ id: "PatchContact", examples: [{ tags: ["vip"] }] }),
    answers: { 200: Contact },
  }),
  replaceContact: route({
    method: "PUT",
    path: "/api/contacts/:contactId",
    resource: "contacts",
    operationId: "replaceContact",
    summary: "Set a contact anew; what is not named is as in a new one",
    ids,
    params,
    body: ContactSettings.extend({ phoneNumber: SameNumber }).meta({
      id: "ReplaceContact",
      examples: [{ name: "Ana Souza", tags: [] }],
    }),
    answers: { 200: Contact },
  }),
  deleteContact: route({
    method: "DELETE",
    path: "/api/contacts/:contactId",
    resource: "contacts",
    operationId: "deleteContact",
    summary: "Delete a contact, and with it that it opted out",
    ids,
    params,
    answers: { 204: noAnswerBody },
  }),
  startContactImport: route({
    method: "POST",
    path: "/api/contacts/imports",
    resource: "contacts",
    operationId: "startContactImport",
    summary: "Import contacts from an uploaded CSV of up to a million rows, in the background",
    ids: [{ kind: "media", at: ["body.mediaId"] }],
    body: z
      .strictObject({ mediaId: idOf("med").meta({ description: "What `POST /api/media` answered." }) })
      .meta({ id: "StartContactImport", examples: [{ mediaId: "med_01JD3Z8QK6W7P9V2M4N5X0T1RB" }] }),
    answers: { 202: PublicImport },
    errors: ["media_not_ready"],
  }),
  getContactImport: route({
    method: "GET",
    path: "/api/contacts/imports/:importId",
    resource: "contacts",
    operationId: "getContactImport",
    summary: "How an import fares, and in the end which rows failed",
    ids: [{ kind: "import", at: ["params.importId"] }],
    params: z.strictObject({ importId: idOf("imp") }),
    answers: { 200: PublicImport },
  }),
};
