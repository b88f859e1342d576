import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newContact, patchedContact } from "../../../domain/contact/change.ts";
import { contactRef } from "../../../domain/contact/contact.ts";
import { listKey, searchKeys } from "../../../domain/contact/search-key.ts";
import { tagPlaces } from "../../../domain/contact/tag-places.ts";
import { idOf } from "../../../domain/id.ts";
import { contactTagsMax } from "../../../domain/tables.ts";

const tenantId = "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB";
const first = { cause: "first", nowMs: 1_000 };
const second = { cause: "second", nowMs: 2_000 };
const ana = newContact(tenantId, "+5511999999999", { name: "Ana", tags: ["vip"], customFields: { city: "SP" } }, first);

describe("a contact's id", () => {
  it("is the same for the same number of a tenant, and for no other", () => {
    const ids = ([tenantId, "ten_01JD3Z8QK6W7P9V2M4N5X0T1RC"] as const).flatMap(tenant =>
      ["+5511999999999", "+5511999999998", "+5511999999999"].map(number => contactRef(tenant, number).id),
    );
    expect(new Set(ids).size).toBe(4);
    for (const id of ids) expect(idOf("con").parse(id)).toBe(id);
  });
});

describe("changing a contact", () => {
  it("keeps what is not named, merges custom fields and takes out those set to null", () => {
    const patch = { email: "ana@example.com", customFields: { plan: "gold", city: null } };
    expect(patchedContact(ana, patch, second)).toEqual({
      ...ana,
      email: "ana@example.com",
      customFields: { plan: "gold" },
      updatedAt: "1970-01-01T00:00:02.000Z",
      revision: 2,
      changedBy: "second",
    });
  });

  it("is no change where everything is so already", () => {
    expect(patchedContact(ana, { name: "Ana", tags: ["vip"], customFields: { city: "SP", x: null } }, second)).toBe(
      ana,
    );
  });

  it("notes when a contact opted out, and forgets it when it opts in", () => {
    const out = patchedContact(ana, { optedOut: true }, second);
    expect(out.optedOutAt).toBe("1970-01-01T00:00:02.000Z");
    expect(patchedContact(out, { optedOut: true, name: "A" }, { ...second, nowMs: 9_000 }).optedOutAt).toBe(
      out.optedOutAt,
    );
    expect(patchedContact(out, { optedOut: false }, second).optedOutAt).toBeNull();
  });

  it("keeps custom fields within their limits", () => {
    const many = (from: number) => Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`field${from + at}`, at]));
    const before = patchedContact(ana, { customFields: many(0) }, second);
    expect(() => patchedContact(before, { customFields: many(30) }, second)).toThrow("does not match");
  });
});

describe("the places of tags", () => {
  it("are one for each tag, and stay as long as the tag does", () => {
    const tags = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,2}$/), { maxLength: contactTagsMax });
    fc.assert(
      fc.property(fc.array(tags, { minLength: 1, maxLength: 6 }), changes => {
        let places: (string | null)[] = [];
        for (const tags of changes) {
          const before = places;
          places = tagPlaces(before, tags);
          expect(places.filter(tag => tag !== null).toSorted()).toEqual(tags.toSorted());
          expect(places.length).toBeLessThanOrEqual(contactTagsMax);
          for (const [place, tag] of before.entries())
            if (tag !== null && tags.includes(tag)) expect(places[place]).toBe(tag);
        }
      }),
    );
  });
});

describe("the key a contact is listed by", () => {
  const keyOf = (name: string | null) => listKey({ name, phoneNumber: "+5511999999999" });

  it.each([
    ["José  DA Silva", "njose da silva"],
    [" ", "p5511999999999"],
    [null, "p5511999999999"],
    ["+55 11 9999", "p5511999999999"],
    ["55 12", "n55 12"],
  ])("is for the name %j the key %j", (name, key) => {
    expect(keyOf(name)).toBe(key);
  });

  it("fits an index, whatever the name", () => {
    const name = fc.string({ unit: "binary", maxLength: 200 });
    fc.assert(fc.property(name, text => Buffer.byteLength(keyOf(text)) < 1_024));
    expect(Buffer.byteLength(keyOf("\ufdfa".repeat(200)))).toBeLessThan(1_024);
  });

  it("is found by every beginning of the name, whatever its case", () => {
    const name = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 60 })
      .filter(text => !/^[+\d\s().\-/]+$/.test(text));
    fc.assert(
      fc.property(name, fc.nat(), (text, at) => {
        const units = [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment);
        const prefix = units
          .slice(0, 1 + (at % units.length))
          .join("")
          .trim();
        const { listKeyPrefix } = searchKeys(prefix.toUpperCase());
        fc.pre(
          prefix !== "" && prefix.toUpperCase().toLowerCase() === prefix.toLowerCase() && listKeyPrefix !== undefined,
        );
        expect(keyOf(text).startsWith(listKeyPrefix ?? "")).toBe(true);
      }),
    );
  });
});

describe("what a search looks for", () => {
  it.each([
    ["Jo", "njo", undefined],
    ["+55 (11)", "n+55 (11)", "5511"],
    ["5511", "n5511", "5511"],
    ["+", "n+", undefined],
    ["\u0301", undefined, undefined],
  ])("is for %j a name %j and a number %j", (search, listKeyPrefix, digitsPrefix) => {
    expect(searchKeys(search)).toEqual({ listKeyPrefix, digitsPrefix });
  });
});
