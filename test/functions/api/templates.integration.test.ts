import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
let session: Session;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
  session = await linkedSession(door, tenant);
});
afterAll(() => door.close());

const body = "Hello {{name}}, order {{ order }} for {{name}}";
const make = (json: object, of = tenant, headers: Record<string, string> = {}) =>
  door.ask("POST", "/api/templates", { key: of.key, json, headers });
const at = (method: string, id: string, json?: object) =>
  door.ask(method, `/api/templates/${id}`, { key: tenant.key, ...(json === undefined ? {} : { json }) });
const unknown = "tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB";

describe("POST /api/templates", () => {
  it("keeps a text and answers the variables found in it", async () => {
    const answer = await make({ name: " Shipped ", body });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^tpl_/),
      name: "Shipped",
      body,
      variables: ["name", "order"],
      media: null,
      createdAt: expect.any(String),
      updatedAt: answer.body.createdAt,
    });
    expect((await at("GET", answer.body.id)).body).toEqual(answer.body);
  });

  it("makes one template when the same idempotency key comes twice", async () => {
    const headers = { "Idempotency-Key": "one template" };
    const first = await make({ name: "Once", body }, tenant, headers);
    expect((await make({ name: "Once", body }, tenant, headers)).body).toEqual(first.body);
  });

  it("answers 400 for what makes no sense, field by field", async () => {
    const answer = await make({ name: "", body: "", media: { mediaId: "med_1" }, colour: 1 });
    const paths = expectProblem(answer, 400, "validation_failed").body.errors;
    expect(paths.map(({ path }: { path: string }) => path).sort()).toEqual([
      "body.body",
      "body.colour",
      "body.media",
      "body.name",
    ]);
    const crowded = Array.from({ length: 101 }, (_, nth) => `{{v${nth}}}`).join(" ");
    expectProblem(await make({ name: "Crowded", body: crowded }), 400, "validation_failed");
    expectProblem(await door.ask("POST", "/api/templates", { json: {} }), 401, "unauthorized");
  });
});

describe("GET /api/templates", () => {
  it("lists a tenant's own, newest first, page by page", async () => {
    const other = await door.tenant();
    const ids: string[] = [];
    for (const name of ["one", "two", "three"]) ids.unshift((await make({ name, body: name }, other)).body.id);
    const first = await door.ask("GET", "/api/templates", { key: other.key, query: { limit: "2" } });
    const query = { limit: "2", cursor: first.body.nextCursor };
    const second = await door.ask("GET", "/api/templates", { key: other.key, query });
    const listed = [...first.body.data, ...second.body.data].map(({ id }: { id: string }) => id);
    expect([listed, second.body.nextCursor]).toEqual([ids, null]);
    expectProblem(await door.ask("GET", "/api/templates", { key: tenant.key, query }), 400, "validation_failed");
  });
});

describe("PUT and DELETE /api/templates/:id", () => {
  it("put another text in its place, then take it away", async () => {
    const { body: made } = await make({ name: "Before", body });
    const replaced = await at("PUT", made.id, { name: "After", body: "Bye {{who}}" });
    expect(replaced).toMatchObject({ status: 200, body: { id: made.id, name: "After", variables: ["who"] } });
    expect(replaced.body.createdAt).toBe(made.createdAt);
    expectProblem(await at("PUT", made.id, { name: "No body" }), 400, "validation_failed");
    expect((await at("GET", made.id)).body).toEqual(replaced.body);
    expect(await at("DELETE", made.id)).toMatchObject({ status: 204, body: undefined });
    for (const method of ["GET", "DELETE"]) expectProblem(await at(method, made.id), 404, "not_found");
  });

  it("answer 404 for another tenant's, an unknown one and an id of another kind, before anything else", async () => {
    const { body: theirs } = await make({ name: "Theirs", body }, stranger);
    for (const id of [theirs.id, unknown, session.id, "x"]) {
      for (const [method, json] of [["GET"], ["PUT", { junk: 1 }], ["DELETE"]] as const) {
        expectProblem(await at(method, id, json), 404, "not_found");
      }
    }
  });
});

describe("POST /api/messages/send with a template", () => {
  const send = (json: object) =>
    door.ask("POST", "/api/messages/send", {
      key: tenant.key,
      json: { sessionId: session.id, to: "+5511912345678", ...json },
    });

  it("accepts the text that the template makes, which later changes of it leave alone", async () => {
    const { body: made } = await make({ name: "Sent", body });
    const variables = { name: "Ana", order: 7, unused: "x" };
    const answer = await send({ template: { id: made.id, variables } });
    expect(answer).toMatchObject({ status: 202, body: { type: "text", text: "Hello Ana, order 7 for Ana" } });
    await at("DELETE", made.id);
    const path = `/api/messages/5511912345678/${answer.body.id}`;
    const kept = await door.ask("GET", path, { key: tenant.key, query: { sessionId: session.id } });
    expect(kept.body.text).toBe("Hello Ana, order 7 for Ana");
  });

  it("answers 400 and names each variable that is missing", async () => {
    const { body: made } = await make({ name: "Missing", body });
    for (const template of [{ id: made.id }, { id: made.id, variables: { other: "x" } }]) {
      const answer = expectProblem(await send({ template }), 400, "validation_failed");
      expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([
        "body.template.variables.name",
        "body.template.variables.order",
      ]);
    }
  });

  it("answers 404 for a template that is none of the tenant's, before anything else", async () => {
    const { body: theirs } = await make({ name: "Theirs", body }, stranger);
    for (const id of [theirs.id, unknown, session.id]) {
      expectProblem(await send({ template: { id }, to: "nobody", junk: 1 }), 404, "not_found");
    }
  });

  it("takes a text or a template, not both and not neither, and says so with the other faults", async () => {
    const { body: made } = await make({ name: "Plain", body: "Hi" });
    for (const more of [{}, { text: "Hi", template: { id: made.id } }]) {
      const answer = expectProblem(await send({ ...more, to: "nobody" }), 400, "validation_failed");
      const paths = answer.body.errors.map(({ path }: { path: string }) => path).sort();
      expect(paths).toEqual(["body.text", "body.to"]);
    }
    expect(await send({ template: { id: made.id } })).toMatchObject({ status: 202, body: { text: "Hi" } });
    expectProblem(await send({ template: "Hi" }), 400, "validation_failed");
  });
});
