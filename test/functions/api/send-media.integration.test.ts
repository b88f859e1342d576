import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let session: Session;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant();
  session = await linkedSession(door, tenant);
});
afterAll(() => door.close());

const png = Buffer.from("89504e470d0a1a0a", "hex").toString("base64");
const send = (more: object, key: string | undefined = tenant.key) =>
  door.ask("POST", "/api/messages/send-media", { key, json: { sessionId: session.id, to: "5511900000001", ...more } });

describe("POST /api/messages/send-media", () => {
  it("answers 202 with the message, and has its file at once where it came along", async () => {
    const { status, body } = await send({ type: "image", media: { base64: png, mimetype: "image/png" }, caption: "x" });
    expect(status).toBe(202);
    const media = { mimetype: "image/png", filename: null, size: 8, caption: "x", status: "ready" };
    expect(body).toMatchObject({ type: "image", text: null, status: "queued", media });
    const path = `/api/messages/${body.chatId}/${body.id}/media`;
    const found = await door.ask("GET", path, { key: tenant.key, query: { sessionId: session.id } });
    expect(found.status).toBe(302);
    const file = await fetch(found.headers.Location ?? "");
    expect(Buffer.from(await file.arrayBuffer()).toString("base64")).toBe(png);
    // A browser saves it, whatever it is: no file of a customer runs as a page.
    const asked = new URL(found.headers.Location ?? "").searchParams;
    expect(asked.get("response-content-disposition")).toMatch(/^attachment;/);
  });

  it("keeps a file for later that is to be fetched: 409 until it is there", async () => {
    const { body } = await send({ type: "image", media: { url: "https://example.com/a/photo.png" } });
    expect(body.media).toMatchObject({ filename: "photo.png", size: null, status: "pending" });
    const path = `/api/messages/${body.chatId}/${body.id}/media`;
    const early = await door.ask("GET", path, { key: tenant.key, query: { sessionId: session.id } });
    expect(expectProblem(early, 409, "media_not_ready").headers["Retry-After"]).toMatch(/^\d+$/);
  });

  it.each([
    ["a voice note that is no Opus", { type: "voice", media: { base64: png, mimetype: "audio/ogg" } }],
    ["a sticker that is no WebP", { type: "sticker", media: { base64: png, mimetype: "image/webp" } }],
    ["a type that is none of the kind's", { type: "image", media: { base64: png, mimetype: "text/html" } }],
    ["a private address", { type: "image", media: { url: "https://10.0.0.1/x.png" } }],
    ["two files at once", { type: "image", media: { url: "https://example.com/x.png", base64: png } }],
    ["no file", { type: "image" }],
  ])("refuses %s", async (_what, more) => {
    expectProblem(await send(more), 400, "validation_failed");
  });

  it("finds no upload of another tenant", async () => {
    const other = await door.tenant();
    const json = { filename: "x.png", mimetype: "image/png", size: 8 };
    const upload = await door.ask("POST", "/api/media", { key: other.key, json });
    expectProblem(await send({ type: "image", media: { mediaId: upload.body.id } }), 404, "not_found");
  });

  it("needs a key", async () => {
    const json = {
      sessionId: session.id,
      to: "5511900000001",
      type: "image",
      media: { base64: png, mimetype: "image/png" },
    };
    expectProblem(await door.ask("POST", "/api/messages/send-media", { json }), 401, "unauthorized");
  });
});
