import { contactTagsMax } from "../tables.ts";
import type { StoredContact } from "./contact.ts";
import { tagPartition } from "./item.ts";
import { digitsOf, listKey, searchKeys } from "./search-key.ts";

/** One stretch of the table or of an index. A listing walks its ranges one behind the other. */
export interface Range {
  readonly index: { readonly name: string; readonly partitionKey: string; readonly sortKey: string } | undefined;
  readonly partition: string;
  /** What the sort keys begin with; undefined: the whole partition. */
  readonly prefix: string | undefined;
  /** Whether few of its contacts may be wanted, so that more are read at a time. */
  readonly isSparse: boolean;
  /** Whether a contact, as it is now, stands in this stretch: an index is a moment late. */
  readonly holds: (contact: StoredContact) => boolean;
}

const byName = { name: "byName", partitionKey: "pk", sortKey: "listKey" };
const byNumber = { name: "byNumber", partitionKey: "pk", sortKey: "digits" };

/** Where the contacts that are asked for stand: by name before by number. */
export function rangesOf(tenantId: string, asked: { tag?: string | undefined; search?: string | undefined }): Range[] {
  const { tag, search } = asked;
  if (search === undefined) return tag === undefined ? [everything(tenantId)] : tagged(tenantId, tag, undefined);
  const { listKeyPrefix, digitsPrefix } = searchKeys(search);
  const names =
    listKeyPrefix === undefined
      ? []
      : tag === undefined
        ? [namedLike(tenantId, listKeyPrefix)]
        : tagged(tenantId, tag, listKeyPrefix);
  return digitsPrefix === undefined ? names : [...names, numbered(tenantId, digitsPrefix, tag)];
}

const everything = (tenantId: string): Range => ({
  index: undefined,
  partition: tenantId,
  prefix: undefined,
  isSparse: false,
  holds: () => true,
});

const namedLike = (tenantId: string, prefix: string): Range => ({
  index: byName,
  partition: tenantId,
  prefix,
  isSparse: false,
  holds: contact => listKey(contact).startsWith(prefix),
});

/** A tag is in one of as many indexes as a contact may have tags. */
function tagged(tenantId: string, tag: string, prefix: string | undefined): Range[] {
  return Array.from({ length: contactTagsMax }, (_, place) => ({
    index: { name: `byTag${place}`, partitionKey: `tag${place}`, sortKey: "listKey" },
    partition: tagPartition(tenantId, tag),
    prefix,
    isSparse: false,
    holds: contact => contact.tagPlaces[place] === tag && listKey(contact).startsWith(prefix ?? ""),
  }));
}

const numbered = (tenantId: string, prefix: string, tag: string | undefined): Range => ({
  index: byNumber,
  partition: tenantId,
  prefix,
  isSparse: tag !== undefined,
  holds: contact =>
    digitsOf(contact.phoneNumber).startsWith(prefix) && (tag === undefined || contact.tags.includes(tag)),
});
