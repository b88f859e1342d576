import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatByName } from "../../../domain/chat/chat.ts";
import { patchedContact } from "../../../domain/contact/change.ts";
import { contactRef, type GivenContact } from "../../../domain/contact/contact.ts";
import { type ContactQuery, listContacts } from "../../../domain/contact/listing.ts";
import { optedOutAmong } from "../../../domain/contact/opt-out.ts";
import { type SavedRows, saveRows } from "../../../domain/contact/save-rows.ts";
import { deleteContact, findContact, saveContact } from "../../../domain/contact/store.ts";
import { type Id, newId } from "../../../domain/id.ts";
import type { Jid } from "../../../domain/jid.ts";
import { cursorsFor } from "../../../domain/page.ts";
import { type EmulatedAws, emulatedAws } from "../../emulated-aws.ts";

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

const newTenant = () => newId("ten", Date.now());
const numberOf = (at: number) => `+5511${String(900_000_000 + at)}`;
const save = (tenantId: Id<"ten">, given: GivenContact[], cause = "first"): Promise<SavedRows> =>
  saveRows(
    aws.db,
    tenantId,
    given.map((each, index) => ({ index, given: each })),
    { cause, nowMs: Date.now() },
  );

async function pages(tenantId: string, query: Partial<ContactQuery> = {}): Promise<string[][]> {
  const cursors = cursorsFor("key of the tenant", ["contacts"]);
  const found: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await listContacts(aws.db, tenantId, { limit: 20, cursors, ...query, cursor });
    found.push(page.data.map(({ name, phoneNumber }) => name ?? phoneNumber));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}
const listed = async (tenantId: string, query: Partial<ContactQuery> = {}) => (await pages(tenantId, query)).flat();

describe("saving rows", () => {
  it("makes new contacts, merges into known ones, and counts both", async () => {
    const tenantId = newTenant();
    const rows = Array.from({ length: 250 }, (_, at) => ({ phoneNumber: numberOf(at), name: `Person ${at}` }));
    expect(await save(tenantId, rows)).toEqual({ created: 250, updated: 0, failed: [] });
    const more = [
      { phoneNumber: numberOf(249), tags: ["vip"] },
      { phoneNumber: numberOf(250) },
      { phoneNumber: numberOf(250), name: "Twice" },
    ];
    expect(await save(tenantId, more, "second")).toEqual({ created: 1, updated: 2, failed: [] });
    expect(await findContact(aws.db, contactRef(tenantId, numberOf(249)))).toMatchObject({
      name: "Person 249",
      tags: ["vip"],
      revision: 2,
    });
    expect(await findContact(aws.db, contactRef(tenantId, numberOf(250)))).toMatchObject({
      name: "Twice",
      revision: 1,
    });
    expect(await listed(tenantId)).toHaveLength(251);
  });

  it("again with the same cause changes nothing and counts the same", async () => {
    const tenantId = newTenant();
    await save(tenantId, [{ phoneNumber: numberOf(1), name: "Ana" }]);
    const rows = [
      { phoneNumber: numberOf(1), name: "Bea" },
      { phoneNumber: numberOf(2) },
      { phoneNumber: numberOf(2), name: "Caio" },
    ];
    const once = await save(tenantId, rows, "second");
    const before = await findContact(aws.db, contactRef(tenantId, numberOf(1)));
    expect(await save(tenantId, rows, "second")).toEqual(once);
    expect(once).toEqual({ created: 1, updated: 2, failed: [] });
    expect(await findContact(aws.db, contactRef(tenantId, numberOf(1)))).toEqual(before);
  });

  it("loses no change that somebody else makes meanwhile", async () => {
    const tenantId = newTenant();
    const numbers = Array.from({ length: 40 }, (_, at) => numberOf(at));
    await save(
      tenantId,
      numbers.map(phoneNumber => ({ phoneNumber })),
    );
    const optOut = numbers.map(phoneNumber =>
      saveContact(
        aws.db,
        contactRef(tenantId, phoneNumber),
        { cause: "stop", nowMs: Date.now() },
        before => before && patchedContact(before, { optedOut: true }, { cause: "stop", nowMs: Date.now() }),
      ),
    );
    const lists = ["a", "b", "c"].map(word =>
      save(
        tenantId,
        numbers.map(phoneNumber => ({ phoneNumber, customFields: { [word]: word } })),
        word,
      ),
    );
    const [saved] = await Promise.all([Promise.all(lists), Promise.all(optOut)]);
    expect(saved.map(({ updated }) => updated)).toEqual([40, 40, 40]);
    for (const phoneNumber of numbers) {
      const contact = await findContact(aws.db, contactRef(tenantId, phoneNumber));
      expect(contact).toMatchObject({ optedOut: true, customFields: { a: "a", b: "b", c: "c" } });
    }
  });
});

describe("listing contacts", () => {
  const tenantId = newTenant();
  const other = newTenant();
  const people = [
    { phoneNumber: "+5511900000001", name: "Ana Souza", tags: ["vip", "new"] },
    { phoneNumber: "+5511900000002", name: "ANÁ lima", tags: ["vip"] },
    { phoneNumber: "+5511900000003", name: "Bruno", tags: ["new"] },
    { phoneNumber: "+5521900000004", tags: ["new", "vip"] },
    { phoneNumber: "+5521900000005", name: "55 club" },
    { phoneNumber: "+14155550006", name: "Anabel", tags: ["old", "vip", "x"] },
  ];
  beforeAll(async () => {
    await save(tenantId, people);
    await save(other, [{ phoneNumber: "+5511900000009", name: "Ana of another tenant", tags: ["vip"] }]);
  });

  it.each([
    ["all", {}, ["+5521900000004", "55 club", "ANÁ lima", "Ana Souza", "Anabel", "Bruno"]],
    ["by the start of the name, whatever its case and accents", { search: "ana" }, ["ANÁ lima", "Ana Souza", "Anabel"]],
    ["by the start of the name alone", { search: "souza" }, []],
    ["by the start of the number", { search: "+55 (21)" }, ["+5521900000004", "55 club"]],
    ["by either, each once", { search: "55" }, ["+5521900000004", "55 club", "ANÁ lima", "Ana Souza", "Bruno"]],
    ["by tag", { tag: "vip" }, ["+5521900000004", "ANÁ lima", "Ana Souza", "Anabel"]],
    ["by tag and name", { tag: "new", search: "AN" }, ["Ana Souza"]],
    ["by tag and number", { tag: "new", search: "5511" }, ["Ana Souza", "Bruno"]],
    ["by a tag that nobody has", { tag: "vi" }, []],
    ["by nothing that counts", { search: "\u0301" }, []],
  ])("finds contacts: %s", async (_what, query, names) => {
    expect((await listed(tenantId, query)).sort()).toEqual(names);
    for (const limit of [1, 2]) {
      const found = await pages(tenantId, { ...query, limit });
      expect(found.flat().sort()).toEqual(names);
      expect(found.slice(0, -1).every(page => page.length === limit)).toBe(true);
    }
  });

  it("ends with a full page where that is all there is", async () => {
    expect(await pages(tenantId, { tag: "vip", limit: 4 })).toHaveLength(1);
    expect(await pages(tenantId, { limit: 3 })).toHaveLength(2);
  });

  it("follows every change of name and tags, and forgets the deleted", async () => {
    const tenantId = newTenant();
    await save(tenantId, [
      { phoneNumber: numberOf(1), name: "Ana", tags: ["a", "b", "c"] },
      { phoneNumber: numberOf(2), tags: ["b"] },
    ]);
    await save(tenantId, [{ phoneNumber: numberOf(1), name: "Bea", tags: ["c", "d"] }], "second");
    expect(await listed(tenantId, { search: "ana" })).toEqual([]);
    expect(await listed(tenantId, { search: "bea" })).toEqual(["Bea"]);
    const byTag = await Promise.all(["a", "b", "c", "d"].map(tag => listed(tenantId, { tag })));
    expect(byTag).toEqual([[], [numberOf(2)], ["Bea"], ["Bea"]]);
    await deleteContact(aws.db, contactRef(tenantId, numberOf(1)), { cause: "gone", nowMs: Date.now() });
    expect(await listed(tenantId)).toEqual([numberOf(2)]);
    expect(await listed(tenantId, { tag: "c" })).toEqual([]);
  });

  it("goes on where a page was short because a tag is rare among many numbers", async () => {
    const tenantId = newTenant();
    const rows = Array.from({ length: 2_100 }, (_, at) => ({
      phoneNumber: numberOf(at),
      ...(at === 2_099 ? { tags: ["rare"] } : {}),
    }));
    await save(tenantId, rows);
    const found = await pages(tenantId, { tag: "rare", search: "5511" });
    expect(found).toEqual([[], [], [numberOf(2_099)]]);
  });
});

describe("those who opted out", () => {
  it("are told from many chats at once", async () => {
    const tenantId = newTenant();
    const out = Array.from({ length: 120 }, (_, at) => ({ phoneNumber: numberOf(at), optedOut: at % 2 === 0 }));
    await save(tenantId, out);
    const chats = Array.from({ length: 130 }, (_, at): Jid => `${numberOf(at).slice(1)}@s.whatsapp.net`);
    const others: Jid[] = ["77001122@lid", "120363000000000001@g.us"];
    const among = await optedOutAmong(aws.db, tenantId, [...chats, ...others].map(chatByName));
    expect([...among]).toEqual(chats.slice(0, 120).filter((_, at) => at % 2 === 0));
  });

  it("are told by any name of their chat, and by either spelling of their number", async () => {
    const tenantId = newTenant();
    await save(tenantId, [{ phoneNumber: "+5511987654321", optedOut: true }]);
    const lid: Jid = "77001122@lid";
    const written: Jid = "5511987654321@s.whatsapp.net";
    const known: Jid = "551187654321@s.whatsapp.net";
    const other: Jid = "4915100000001@s.whatsapp.net";
    const chats = [
      { id: written, names: [written] },
      { id: known, names: [known] },
      { id: lid, names: [lid, written] },
    ];
    expect(await optedOutAmong(aws.db, tenantId, [...chats, chatByName(other)])).toEqual(
      new Set([written, known, lid]),
    );
  });

  it("are not whoever has a landline whose number is that of a mobile but for the ninth digit", async () => {
    const tenantId = newTenant();
    await save(tenantId, [{ phoneNumber: "+5511944445555", optedOut: true }]);
    expect(await optedOutAmong(aws.db, tenantId, [chatByName("551144445555@s.whatsapp.net")])).toEqual(new Set());
  });
});
