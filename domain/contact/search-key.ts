import type { Contact } from "./contact.ts";

const nameKeyMax = 100;

/** How a name is compared: without case, accents and superfluous spaces, and cut to what an index key holds. */
function nameKey(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
  return Array.from(plain).slice(0, nameKeyMax).join("");
}

export const digitsOf = (phoneNumber: string) => phoneNumber.slice(1);

const named = "n";
const nameless = "p";

/**
 * Where a contact stands among a tenant's: by its name, and those without one behind, by their number. A name that
 * only spells the beginning of its own number is none: who searches for it finds the number.
 */
export function listKey({ name, phoneNumber }: Pick<Contact, "name" | "phoneNumber">): string {
  const digits = digitsOf(phoneNumber);
  const key = name === null ? "" : nameKey(name);
  const isNumber = /^\+?[\d\s().\-/]+$/.test(key) && digits.startsWith(key.replace(/\D/g, ""));
  return key === "" || isNumber ? `${nameless}${digits}` : `${named}${key}`;
}

/** What a search looks for: the start of a name; and the start of a number, where it could be one. */
export interface SearchKeys {
  /** Undefined where nothing of the text counts in a name. */
  readonly listKeyPrefix: string | undefined;
  readonly digitsPrefix: string | undefined;
}

export function searchKeys(search: string): SearchKeys {
  const key = nameKey(search);
  const compact = search.normalize("NFKC").replace(/[\s().\-/]/g, "");
  return {
    listKeyPrefix: key === "" ? undefined : `${named}${key}`,
    digitsPrefix: /^\+?\d+$/.test(compact) ? compact.replace("+", "") : undefined,
  };
}
