import { randomBytes } from "node:crypto";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mediaBucketOfTests } from "../../emulated-aws.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  tenant = await door.tenant();
});
afterAll(() => door.close());

const file = { filename: "invoice.pdf", mimetype: "application/pdf", size: 48_213 };
const create = (json: unknown, key: string | undefined = tenant.key, headers = {}) =>
  door.ask("POST", "/api/media", { key, json, headers });

describe("POST /api/media", () => {
  it("answers an address that takes the file by PUT, without a key", async () => {
    const { status, body } = await create(file);
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.stringMatching(/^med_/),
      uploadUrl: expect.any(String),
      expiresAt: expect.any(String),
    });
    expect(Date.parse(body.expiresAt)).toBeGreaterThan(Date.now());
    const bytes = randomBytes(file.size);
    expect((await fetch(body.uploadUrl, { method: "PUT", body: bytes })).status).toBe(200);
    const Key = `uploads/${tenant.id}/${body.id}`;
    const stored = await new S3Client().send(new GetObjectCommand({ Bucket: mediaBucketOfTests, Key }));
    expect(Buffer.from((await stored.Body?.transformToByteArray()) ?? [])).toEqual(bytes);
  });

  it("answers an address that takes a file of that size alone", async () => {
    const { body } = await create(file);
    expect((await fetch(body.uploadUrl, { method: "PUT", body: randomBytes(file.size + 1) })).status).toBe(403);
    expect((await fetch(body.uploadUrl, { method: "PUT", body: randomBytes(file.size - 1) })).status).toBe(403);
  });

  it("answers the same address for the same idempotency key", async () => {
    const first = await create(file, tenant.key, { "Idempotency-Key": "upload-1" });
    const again = await create(file, tenant.key, { "Idempotency-Key": "upload-1" });
    expect(again.headers["Idempotent-Replayed"]).toBe("true");
    expect(again.body).toEqual(first.body);
  });

  it.each([
    ["a file over 100 MB", { ...file, size: 100 * 1024 * 1024 + 1 }, "body.size"],
    ["an empty file", { ...file, size: 0 }, "body.size"],
    ["a name with a path", { ...file, filename: "../invoice.pdf" }, "body.filename"],
    ["what is no media type", { ...file, mimetype: "pdf" }, "body.mimetype"],
    ["a field there is not", { ...file, folder: "x" }, "body.folder"],
  ])("refuses %s", async (_what, json, path) => {
    const problem = expectProblem(await create(json), 400, "validation_failed");
    expect(problem.body.errors).toContainEqual({ path, message: expect.any(String) });
  });

  it("needs a key", async () => {
    expectProblem(await door.ask("POST", "/api/media", { json: file }), 401, "unauthorized");
  });
});
