import * as z from "zod";
import type { StoredContact } from "../contact/contact.ts";
import { type CsvHeader, csvContact, csvRecords, readCsvHeader } from "../contact/csv.ts";
import { contactsTagged } from "../contact/listing.ts";
import type { Db } from "../dynamodb/db.ts";
import { type Id, idOf } from "../id.ts";
import type { MediaBucket } from "../media/bucket.ts";
import { uploadKey } from "../media/object-key.ts";
import { objectRanges } from "../media/object-ranges.ts";
import { type AudiencePlace, ListedRecipient, type StoredAudience } from "./audience.ts";
import type { CampaignRef } from "./campaign.ts";
import { listEntries } from "./listed.ts";

/** Somebody an audience names, before it is known whether they can be written to. */
export interface Candidate {
  /** As the customer wrote it; of somebody named by a contact's id, undefined. */
  readonly to: string | undefined;
  readonly contactId: Id<"con"> | undefined;
  /** The contact, where the audience was read from contacts. */
  readonly contact: StoredContact | undefined;
  readonly variables: Readonly<Record<string, string>>;
  /** Whether the audience itself says that they want no messages. */
  readonly optedOut: boolean;
  /** Where what comes behind stands; null where the position says it. */
  readonly place: AudiencePlace | null;
}

export interface AudienceSource {
  readonly db: Db<"campaigns" | "contacts">;
  readonly bucket: MediaBucket;
}

/** A campaign's audience and how far it was read. */
export interface AudienceFrom {
  readonly ref: CampaignRef;
  readonly audience: StoredAudience;
  readonly position: number;
  readonly place: AudiencePlace | null;
}

/** Those an audience names, in its order, from a place on. Throws CsvUnreadable. */
export function candidatesFrom(source: AudienceSource, from: AudienceFrom): AsyncGenerator<Candidate> {
  const { audience } = from;
  switch (audience.kind) {
    case "contacts":
      return listed(source, from, audience, entry => ({ ...nobody, contactId: idOf("con").parse(entry) }));
    case "recipients":
      return listed(source, from, audience, entry => {
        const { to, variables = {} } = ListedRecipient.parse(entry);
        return { ...nobody, to, variables };
      });
    case "tags":
      return tagged(source, from, audience.tags);
    case "file":
      return filed(source, from, audience);
    default:
      return audience satisfies never;
  }
}

const nobody: Candidate = {
  to: undefined,
  contactId: undefined,
  contact: undefined,
  variables: {},
  optedOut: false,
  place: null,
};

async function* listed(
  { db }: AudienceSource,
  { ref, position }: AudienceFrom,
  list: Extract<StoredAudience, { kind: "contacts" | "recipients" }>,
  read: (entry: unknown) => Candidate,
): AsyncGenerator<Candidate> {
  let at = 0;
  for await (const entry of listEntries(db, ref, list)) if (at++ >= position) yield read(entry);
}

async function* tagged(
  { db }: AudienceSource,
  { ref, place }: AudienceFrom,
  tags: readonly string[],
): AsyncGenerator<Candidate> {
  const after = place?.in === "contacts" ? place : undefined;
  for await (const step of contactsTagged(db, ref.tenantId, tags, after)) {
    const { contact } = step;
    yield { ...nobody, contactId: contact.id, contact, place: { in: "contacts", ...step.place } };
  }
}

type FileAudience = Extract<StoredAudience, { kind: "file" }>;

/** A header is a record, and no record may be longer. */
const headerBytesMax = 65_536;

async function* filed(
  { bucket }: AudienceSource,
  { ref, place }: AudienceFrom,
  { mediaId, size }: FileAudience,
): AsyncGenerator<Candidate> {
  const file = { key: uploadKey({ tenantId: ref.tenantId, id: mediaId }), size };
  const start =
    place?.in === "file"
      ? place
      : { offset: 0, ...(await readAudienceHeader(bucket, ref.tenantId, { mediaId, size })) };
  const { delimiter, columns, offset } = start;
  let isHeader = offset === 0;
  for await (const { fields, bytes } of csvRecords(objectRanges(bucket, file, offset), delimiter)) {
    if (!isHeader)
      yield { ...rowOf(columns, fields), place: { in: "file", delimiter, columns, offset: offset + bytes } };
    isHeader = false;
  }
}

/** Reads how the fields of an uploaded file are told apart and called. Throws CsvUnreadable. */
export async function readAudienceHeader(
  bucket: MediaBucket,
  tenantId: Id<"ten">,
  { mediaId, size }: Pick<FileAudience, "mediaId" | "size">,
): Promise<CsvHeader> {
  const beginning = { key: uploadKey({ tenantId, id: mediaId }), size: Math.min(size, headerBytesMax) };
  const pieces = await Array.fromAsync(objectRanges(bucket, beginning, 0));
  return readCsvHeader(Buffer.concat(pieces).toString());
}

const Row = z.object({
  phoneNumber: z.string().default(""),
  name: z.string().optional(),
  email: z.string().optional(),
  optedOut: z.unknown().optional(),
  customFields: z.record(z.string(), z.string()).default({}),
});

const toMax = 64;

/** A row is read as one of contacts is; its name, its address and every column of the customer's own are variables. */
function rowOf(columns: readonly string[], fields: readonly string[]): Candidate {
  const { phoneNumber, name, email, optedOut, customFields } = Row.parse(csvContact(columns, fields));
  const variables = { ...customFields, ...(name && { name }), ...(email && { email }) };
  return { ...nobody, to: phoneNumber.slice(0, toMax), variables, optedOut: optedOut === true };
}
