import { describe, expect, it } from "vitest";
import { newContact, patchedContact } from "../../../domain/contact/change.ts";
import { StoredContact } from "../../../domain/contact/contact.ts";
import { namedByWhatsApp } from "../../../domain/contact/whatsapp-name.ts";

const tenantId = "ten_01JD3Z8QK6W7P9V2M4N5X0T1RB";
const made = { cause: "made", nowMs: 1_000 };
const heard = { cause: "heard", nowMs: 9_000 };
const later = { cause: "later", nowMs: 10_000 };
const nameless = newContact(tenantId, "+5511999999999", { tags: ["vip"], optedOut: true }, made);
const named = namedByWhatsApp(nameless, { name: "Ana", atMs: 5_000 }, heard);

describe("the name that WhatsApp tells of a contact", () => {
  it("fills one that has none, and nothing else of it", () => {
    expect(named).toEqual({
      ...nameless,
      name: "Ana",
      whatsappNamedAt: "1970-01-01T00:00:05.000Z",
      updatedAt: "1970-01-01T00:00:09.000Z",
      revision: 2,
      changedBy: "heard",
    });
  });

  it("follows a later one of WhatsApp's, never an older one", () => {
    expect(namedByWhatsApp(named, { name: "Ana S.", atMs: 5_000 }, later)).toMatchObject({
      name: "Ana S.",
      revision: 3,
    });
    expect(namedByWhatsApp(named, { name: "Aninha", atMs: 4_000 }, later)).toBe(named);
  });

  it("is no change where it is the same, or empty", () => {
    for (const name of ["Ana", " Ana ", "", "  "]) {
      expect(namedByWhatsApp(named, { name, atMs: 6_000 }, later)).toBe(named);
    }
  });

  it("leaves a name that a customer gave, also where it is the one WhatsApp had told", () => {
    for (const name of ["Ana Souza", "Ana"]) {
      const given = patchedContact(named, { name }, later);
      expect(namedByWhatsApp(given, { name: "Aninha", atMs: 20_000 }, heard)).toBe(given);
    }
  });

  it("fills again what a customer emptied", () => {
    const emptied = patchedContact(named, { name: null }, later);
    expect(namedByWhatsApp(emptied, { name: "Ana", atMs: 5_000 }, heard).name).toBe("Ana");
  });

  it("stays WhatsApp's while other things of the contact change", () => {
    const changed = patchedContact(named, { optedOut: false, email: "ana@example.com" }, later);
    expect(namedByWhatsApp(changed, { name: "Aninha", atMs: 6_000 }, heard).name).toBe("Aninha");
  });

  it("is cut to what a name may be long", () => {
    const { name } = namedByWhatsApp(nameless, { name: "x".repeat(500), atMs: 1 }, heard);
    expect(name).toHaveLength(200);
  });

  it("is a customer's in rows that were written before it was told apart", () => {
    const { whatsappNamedAt: _unknown, ...old } = patchedContact(nameless, { name: "Ana" }, later);
    expect(StoredContact.parse(old).whatsappNamedAt).toBeNull();
  });
});
