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
    const answer = await make({ name: "", body: "", media: "a picture", colour: 1 });
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

describe("a template with a file", () => {
  const media = { type: "image", url: "https://example.com/sale.jpg", filename: "sale.jpg" };
  const send = (json: object) =>
    door.ask("POST", "/api/messages/send", { key: tenant.key, json: { sessionId: session.id, ...json } });

  it("makes messages with the file, captioned with what it says", async () => {
    const made = await make({ name: "Sale", body: "Hi {{name}}", media });
    expect(made.body).toMatchObject({ media: { ...media, mediaId: null } });
    const template = { id: made.body.id, variables: { name: "Ana" } };
    const sent = await send({ to: "15551117001", template });
    expect(sent.status).toBe(202);
    const shown = { caption: "Hi Ana", filename: "sale.jpg", status: "pending" };
    expect(sent.body).toMatchObject({ type: "image", text: null, media: shown });
    const recipients = [{ to: "15551117002", variables: { name: "Bo" } }];
    const json = { sessionId: session.id, recipients, template: { id: made.body.id } };
    const { body: bulk } = await door.ask("POST", "/api/messages/send-bulk", { key: tenant.key, json });
    expect(bulk).toMatchObject({ accepted: 1 });
    const query = { sessionId: session.id };
    const history = await door.ask("GET", "/api/messages/15551117002", { key: tenant.key, query });
    expect(history.body.data).toMatchObject([{ type: "image", media: { caption: "Hi Bo" } }]);
  });

  it("loses it where it is replaced without, and gets another one", async () => {
    const { id } = (await make({ name: "Sale", body, media })).body;
    expect((await at("PUT", id, { name: "Sale", body })).body.media).toBeNull();
    const upload = await door.ask("POST", "/api/media", {
      key: tenant.key,
      json: { filename: "x.pdf", mimetype: "application/pdf", size: 4 },
    });
    const other = { type: "document", mediaId: upload.body.id };
    expect((await at("PUT", id, { name: "Sale", body: "Look", media: other })).body.media).toMatchObject(other);
    expectProblem(await send({ to: "15551117003", template: { id } }), 409, "media_not_ready");
    const { uploadUrl } = upload.body;
    expect((await fetch(uploadUrl, { method: "PUT", body: "%PDF" })).status).toBe(200);
    const sent = await send({ to: "15551117003", template: { id } });
    expect(sent.body).toMatchObject({ type: "document", media: { filename: "x.pdf", caption: "Look", size: 4 } });
  });

  it("takes no upload of another tenant, no private address and no kind without a caption", async () => {
    const json = { filename: "x.png", mimetype: "image/png", size: 8 };
    const { id: mediaId } = (await door.ask("POST", "/api/media", { key: stranger.key, json })).body;
    expectProblem(await make({ name: "x", body, media: { type: "image", mediaId } }), 404, "not_found");
    for (const wrong of [
      { type: "image", url: "https://10.0.0.1/a.png" },
      { ...media, type: "voice" },
      { type: "image" },
    ])
      expectProblem(await make({ name: "x", body, media: wrong }), 400, "validation_failed");
  });

  it("is sent as it is: it answers nothing, and its caption has an end", async () => {
    const { id } = (await make({ name: "Sale", body: "{{text}}", media })).body;
    const template = { id, variables: { text: "a".repeat(1_025) } };
    expectProblem(await send({ to: "15551117004", template }), 400, "validation_failed");
    const mentions = ["15551117005"];
    const given = { to: "15551117004", template: { id, variables: { text: "a" } }, mentions };
    expectProblem(await send(given), 400, "validation_failed");
  });
});
