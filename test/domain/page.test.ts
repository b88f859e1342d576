import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ValidationFailed } from "../../domain/error.ts";
import { cursorsFor, PageQuery } from "../../domain/page.ts";

const positions = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string(), { noNullPrototype: true });
const scopes = fc.array(fc.string(), { maxLength: 4 });
const keys = fc.string({ minLength: 1 });

describe("a cursor", () => {
  it("opens to the position it was sealed with", () => {
    fc.assert(
      fc.property(keys, scopes, positions, (key, scope, position) => {
        const cursors = cursorsFor(key, scope);
        expect(cursors.open(cursors.seal(position))).toEqual(position);
      }),
    );
  });

  it("is refused by another tenant's key and by another listing", () => {
    fc.assert(
      fc.property(keys, keys, scopes, scopes, (key, otherKey, scope, otherScope) => {
        const cursor = cursorsFor(key, scope).seal({ before: "x" });
        const same = key === otherKey && JSON.stringify(scope) === JSON.stringify(otherScope);
        const open = () => cursorsFor(otherKey, otherScope).open(cursor);
        if (same) expect(open()).toEqual({ before: "x" });
        else expect(open).toThrow(ValidationFailed);
      }),
    );
  });

  it("is refused with any character changed, and any other text is refused", () => {
    const cursors = cursorsFor("key", ["listSessions"]);
    const cursor = cursors.seal({ before: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB" });
    const changes = fc.record({ at: fc.nat(cursor.length - 1), to: fc.constantFrom(..."ABCabc019-_=. ") });
    fc.assert(
      fc.property(changes, ({ at, to }) => {
        const forged = cursor.slice(0, at) + to + cursor.slice(at + 1);
        if (forged !== cursor) expect(() => cursors.open(forged)).toThrow(ValidationFailed);
      }),
    );
    fc.assert(
      fc.property(fc.string(), text => {
        expect(() => cursors.open(text)).toThrow(ValidationFailed);
      }),
    );
  });
});

describe("a page", () => {
  it.each([
    [undefined, 20],
    ["1", 1],
    ["100", 100],
  ])("with limit %j has %d", (limit, size) => {
    expect(PageQuery.parse({ limit }).limit).toBe(size);
  });

  it.each(["0", "101", "-1", "1.5", "", "ten", "NaN", "Infinity"])("refuses limit %j", limit => {
    expect(PageQuery.safeParse({ limit }).success).toBe(false);
  });
});
