import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listEvents } from "../../../domain/event/listing.ts";
import { cursorsFor } from "../../../domain/page.ts";
import {
  type Answered,
  type Asked,
  expectProblem,
  type FrontDoor,
  openFrontDoor,
  type TenantOfTest,
} from "../front-door.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
});
afterAll(() => door.close());

let made = 0;
const newNumber = () => `+55119${String(++made).padStart(8, "0")}`;
const post = (json: unknown, of = tenant, headers: Record<string, string> = {}) =>
  door.ask("POST", "/api/contacts", { key: of.key, json, headers });
const csv = (body: string, of = tenant) =>
  door.ask("POST", "/api/contacts", { key: of.key, body, headers: { "Content-Type": "text/csv" } });
const at = (answer: Answered) => `/api/contacts/${answer.body.id}`;
const ask = (method: string, path: string, asked: Asked = {}) => door.ask(method, path, { key: tenant.key, ...asked });
const list = async (query: Record<string, string>, of = tenant) =>
  (await door.ask("GET", "/api/contacts", { key: of.key, query })).body.data;

/** The tenant's events about contacts, as the log will show them when they are old enough to be listed. */
async function told(of: TenantOfTest, id?: string) {
  const query = { limit: 100, cursors: cursorsFor("key", []), nowMs: Date.now() + 10_000 };
  const { data } = await listEvents(door.aws.db, of.id, query);
  return data.filter(event => id === undefined || event.data.id === id).map(({ type, data }) => ({ type, data }));
}

describe("POST /api/contacts of one", () => {
  it("answers 201 with the whole contact, however its number is spelt", async () => {
    const answer = await post({ phoneNumber: "+55 (11) 99999-9999", name: " Ana Souza ", tags: ["vip", "vip"] });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^con_[0-9A-HJKMNP-TV-Z]{26}$/),
      phoneNumber: "+5511999999999",
      name: "Ana Souza",
      email: null,
      tags: ["vip"],
      customFields: {},
      optedOut: false,
      optedOutAt: null,
      createdAt: expect.stringMatching(/^\d{4}-/),
      updatedAt: answer.body.createdAt,
    });
    expect(await told(tenant, answer.body.id)).toEqual([{ type: "contact.created", data: answer.body }]);
    expect((await ask("GET", at(answer))).body).toEqual(answer.body);
  });

  it("answers 200 where the number is known, with what was not named as it was", async () => {
    const phoneNumber = newNumber();
    const first = await post({
      phoneNumber,
      name: "Bea",
      email: "bea@example.com",
      customFields: { city: "SP", age: 30 },
    });
    const again = await post({
      phoneNumber: phoneNumber.slice(1),
      name: "Beatriz",
      customFields: { city: null, plan: "gold" },
    });
    expect(again.status).toBe(200);
    expect(again.body).toEqual({
      ...first.body,
      name: "Beatriz",
      customFields: { age: 30, plan: "gold" },
      updatedAt: again.body.updatedAt,
    });
    expect((await told(tenant, first.body.id)).map(({ type }) => type)).toEqual(["contact.created", "contact.updated"]);
  });

  it("makes one contact under concurrent requests, and loses none of what they say", async () => {
    const phoneNumber = newNumber();
    const fields = Array.from({ length: 20 }, (_, at) => `field ${String.fromCharCode(97 + at)}`);
    const answers = await Promise.all(fields.map(field => post({ phoneNumber, customFields: { [field]: field } })));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    const [answer] = answers;
    const { body } = await ask("GET", at(answer as Answered));
    expect(Object.keys(body.customFields).sort()).toEqual(fields);
    expect(await list({ search: phoneNumber })).toHaveLength(1);
  });

  it("is done once under an Idempotency-Key", async () => {
    const json = { phoneNumber: newNumber(), name: "Caio" };
    const headers = { "Idempotency-Key": "caio" };
    const [first, again] = [await post(json, tenant, headers), await post(json, tenant, headers)];
    expect(again).toMatchObject({ status: 201, body: first.body });
    expect(again.headers["Idempotent-Replayed"]).toBe("true");
    expect(await told(tenant, first.body.id)).toHaveLength(1);
  });

  it.each([
    [{}, ["body.phoneNumber"]],
    [{ phoneNumber: "123" }, ["body.phoneNumber"]],
    [{ phoneNumber: "(11) 99999-9999", name: "" }, ["body.name"]],
    [{ phoneNumber: 5511999999999 }, ["body.phoneNumber"]],
    [{ phoneNumber: "+5511999999999", email: "x", tags: "vip", nam: "A" }, ["body.email", "body.nam", "body.tags"]],
    [{ phoneNumber: "+5511999999999", tags: Array.from({ length: 11 }, (_, at) => `tag ${at}`) }, ["body.tags"]],
    [{ phoneNumber: "+5511999999999", customFields: { a: { b: 1 } } }, ["body.customFields.a"]],
    [{ phoneNumber: "+5511999999999", optedOut: "no" }, ["body.optedOut"]],
  ])("answers 400 naming every offending field of %j", async (json, paths) => {
    const answer = expectProblem(await post(json), 400, "validation_failed");
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(paths);
  });

  it("answers 400 where custom fields outgrow their limits together", async () => {
    const phoneNumber = newNumber();
    const fields = (from: number) =>
      Object.fromEntries(Array.from({ length: 40 }, (_, each) => [`f${from + each}`, each]));
    await post({ phoneNumber, customFields: fields(0) });
    const answer = expectProblem(await post({ phoneNumber, customFields: fields(40) }), 400, "validation_failed");
    expect(answer.body.errors).toEqual([{ path: "body.customFields", message: "must be at most 50 fields" }]);
  });
});

describe("POST /api/contacts of many", () => {
  it("saves each row by itself, and says which failed and why", async () => {
    const of = await door.tenant();
    const [known, fresh] = [newNumber(), newNumber()];
    await post({ phoneNumber: known, name: "Known" }, of);
    const contacts = [
      { phoneNumber: known, tags: ["vip"] },
      { phoneNumber: "12" },
      { phoneNumber: fresh, name: "Fresh" },
      "no contact",
      { phoneNumber: fresh, email: "fresh@example.com" },
      { phoneNumber: newNumber(), colour: "red" },
    ];
    const answer = await post({ contacts }, of);
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ created: 1, updated: 2, failedCount: 3 });
    expect(answer.body.failed.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
      [1, "validation_failed"],
      [3, "validation_failed"],
      [5, "validation_failed"],
    ]);
    expect(answer.body.failed[0].message).toMatch(/^phoneNumber: must be a phone number/);
    expect(await list({}, of)).toHaveLength(2);
    expect(await list({ search: "fresh" }, of)).toMatchObject([{ email: "fresh@example.com" }]);
    const counts = { importId: null, total: 6, created: 1, updated: 2, failedCount: 3 };
    expect((await told(of)).slice(1)).toEqual([{ type: "contact.imported", data: counts }]);
  });

  it("takes 5,000 rows of CSV, and no more", async () => {
    const of = await door.tenant();
    const rows = Array.from({ length: 5_000 }, (_, row) => `+1415${String(5_550_000 + row)};Person ${row};a|b;${row}`);
    const answer = await csv(`\ufeffphone;name;tags;Customer No\r\n${rows.join("\r\n")}`, of);
    expect(answer.body).toEqual({ created: 5_000, updated: 0, failed: [], failedCount: 0 });
    const [found] = await list({ search: "person 4999" }, of);
    expect(found).toMatchObject({
      phoneNumber: "+14155554999",
      tags: ["a", "b"],
      customFields: { "Customer No": "4999" },
    });
    const over = expectProblem(await csv(`phone\n${"+14155550000\n".repeat(5_001)}`, of), 400, "validation_failed");
    expect(over.body.errors[0].path).toBe("body.contacts");
  });

  it("shows the first 1,000 failures and counts all", async () => {
    const answer = await csv(`phone\n${"12\n".repeat(1_500)}`);
    expect(answer.body).toMatchObject({ created: 0, updated: 0, failedCount: 1_500 });
    expect(answer.body.failed).toHaveLength(1_000);
  });

  it("refuses a CSV without a column of numbers, and one whose quote is never closed", async () => {
    for (const body of ["name\nAna", 'phone,name\n+5511999999999,"Ana']) {
      const answer = expectProblem(await csv(body), 400, "validation_failed");
      expect(answer.body.errors[0].path).toBe("body");
    }
  });

  it("counts a header alone as no rows", async () => {
    expect((await csv("phone,name\n")).body).toEqual({ created: 0, updated: 0, failed: [], failedCount: 0 });
  });
});

describe("GET /api/contacts", () => {
  it("finds by tag, by the start of the name and of the number, page by page", async () => {
    const of = await door.tenant();
    const contacts = Array.from({ length: 25 }, (_, each) => ({
      phoneNumber: `+1415555${1_000 + each}`,
      name: `Ana ${each}`,
      tags: each % 2 === 0 ? ["even"] : ["odd"],
    }));
    await post({ contacts }, of);
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const query: Record<string, string> = { tag: "even", limit: "5", ...(cursor === "" ? {} : { cursor }) };
      const { body } = await door.ask("GET", "/api/contacts", { key: of.key, query });
      seen.push(...body.data.map(({ name }: { name: string }) => name));
      cursor = body.nextCursor;
    }
    expect(new Set(seen).size).toBe(13);
    expect(seen).toHaveLength(13);
    expect(await list({ search: "ANA 2", limit: "100" }, of)).toHaveLength(6);
    expect(await list({ search: "+1 415 555 101" }, of)).toHaveLength(10);
    expect(await list({ search: "ana", tag: "odd" }, of)).toHaveLength(12);
    expect(await list({}, stranger)).toEqual([]);
  });

  it("refuses a cursor of another listing or tenant, an empty search, and limits out of range", async () => {
    const of = await door.tenant();
    await post({ contacts: [{ phoneNumber: newNumber() }, { phoneNumber: newNumber() }] }, of);
    const first = await door.ask("GET", "/api/contacts", { key: of.key, query: { limit: "1" } });
    const cursor = first.body.nextCursor;
    const wrong: Record<string, string>[] = [
      { cursor, tag: "vip" },
      { search: " " },
      { tag: "" },
      { limit: "0" },
      { limit: "101" },
    ];
    for (const query of wrong) {
      expectProblem(await door.ask("GET", "/api/contacts", { key: of.key, query }), 400, "validation_failed");
    }
    expectProblem(
      await door.ask("GET", "/api/contacts", { key: stranger.key, query: { cursor } }),
      400,
      "validation_failed",
    );
    expectProblem(await door.ask("GET", "/api/contacts", {}), 401, "unauthorized");
  });
});

describe("one contact", () => {
  it("is changed by PATCH, which tells of an opt-out", async () => {
    const made = await post({ phoneNumber: newNumber(), name: "Dora", tags: ["a"], customFields: { x: 1 } });
    const changed = await ask("PATCH", at(made), { json: { optedOut: true, customFields: { y: true } } });
    expect(changed.status).toBe(200);
    expect(changed.body).toMatchObject({ name: "Dora", tags: ["a"], customFields: { x: 1, y: true }, optedOut: true });
    expect(changed.body.optedOutAt).toBe(changed.body.updatedAt);
    const types = (await told(tenant, made.body.id)).map(({ type }) => type);
    expect(types.sort()).toEqual(["contact.created", "contact.opted_out", "contact.updated"]);
    const back = await ask("PATCH", at(made), { json: { optedOut: false } });
    expect(back.body).toMatchObject({ optedOut: false, optedOutAt: null });
  });

  it("is set anew by PUT", async () => {
    const made = await post({
      phoneNumber: newNumber(),
      name: "Eva",
      email: "e@example.com",
      tags: ["a"],
      customFields: { x: 1 },
    });
    const put = await ask("PUT", at(made), {
      json: { name: "Eva B", customFields: { y: "z" }, phoneNumber: made.body.phoneNumber },
    });
    expect(put.status).toBe(200);
    expect(put.body).toEqual({
      ...made.body,
      name: "Eva B",
      email: null,
      tags: [],
      customFields: { y: "z" },
      updatedAt: put.body.updatedAt,
    });
  });

  it("keeps its number", async () => {
    const made = await post({ phoneNumber: newNumber() });
    for (const method of ["PATCH", "PUT"]) {
      const answer = expectProblem(
        await ask(method, at(made), { json: { phoneNumber: newNumber() } }),
        400,
        "validation_failed",
      );
      expect(answer.body.errors[0].path).toBe("body.phoneNumber");
    }
  });

  it("is gone after DELETE, and made anew under the same id", async () => {
    const made = await post({ phoneNumber: newNumber(), name: "Fay", tags: ["fay"] });
    expect((await ask("DELETE", at(made))).status).toBe(204);
    expectProblem(await ask("GET", at(made)), 404, "not_found");
    expectProblem(await ask("DELETE", at(made)), 404, "not_found");
    expect(await list({ tag: "fay" })).toEqual([]);
    const again = await post({ phoneNumber: made.body.phoneNumber });
    expect(again).toMatchObject({ status: 201, body: { id: made.body.id, name: null } });
    const types = (await told(tenant, made.body.id)).map(({ type }) => type);
    expect(types).toEqual(["contact.created", "contact.deleted", "contact.created"]);
  });

  it.each(["GET", "PATCH", "PUT", "DELETE"])(
    "of another tenant, unknown or of another kind is a 404 to %s",
    async method => {
      const made = await post({ phoneNumber: newNumber() });
      const json = method === "GET" || method === "DELETE" ? undefined : { nonsense: true };
      for (const id of [made.body.id, "con_01JD3Z8QK6W7P9V2M4N5X0T1RB", "msg_01JD3Z8QK6W7P9V2M4N5X0T1RB", "x"]) {
        expectProblem(await door.ask(method, `/api/contacts/${id}`, { key: stranger.key, json }), 404, "not_found");
      }
      expectProblem(await door.ask(method, at(made), { json }), 401, "unauthorized");
    },
  );

  it("answers 405 to a method that it has not", async () => {
    const answer = expectProblem(await ask("POST", "/api/contacts/x"), 405, "method_not_allowed");
    expect(answer.headers.Allow).toBe("GET, PATCH, PUT, DELETE, HEAD, OPTIONS");
  });
});
