import { describe, expect, it } from "vitest";
import * as z from "zod";
import { openLog } from "../../../domain/log.ts";
import { ok } from "../../../functions/api/answer.ts";
import { endpoint, serve } from "../../../functions/api/endpoint.ts";
import { route } from "../../../functions/api/route.ts";
import { type Asked, answered, contextOfTest, expectProblem, proxyEvent } from "../front-door.ts";

const row = { resource: "root", summary: "Things", access: "public", method: "POST" } as const;
const Thing = z.strictObject({ name: z.string(), size: z.int().optional() });
const Body = z.union([Thing, z.strictObject({ things: z.array(z.unknown()) })]);
const Numbers = z.union([Thing, z.strictObject({ things: z.array(z.string()) })]);
const Either = z.strictObject({ name: z.string(), to: z.union([z.string(), z.number()]) });
const answers = { 200: z.object({ body: z.unknown() }) };
const csv = z.string().transform((text, context) => {
  if (text.includes("\n")) return { things: text.split("\n") };
  context.addIssue({ code: "custom", message: "has no header" });
  return z.NEVER;
});
const routes = {
  jsonOnly: route({ ...row, path: "/json", operationId: "jsonOnly", body: Body, answers }),
  numbers: route({ ...row, path: "/numbers", operationId: "numbers", body: Numbers, answers }),
  either: route({ ...row, path: "/either", operationId: "either", body: Either, answers }),
  csvToo: route({ ...row, path: "/csv", operationId: "csvToo", body: Body, csv, answers }),
};
const handler = serve({
  routes,
  endpoints: {
    jsonOnly: endpoint(routes.jsonOnly, async ({ body }) => ok({ body })),
    numbers: endpoint(routes.numbers, async ({ body }) => ok({ body })),
    either: endpoint(routes.either, async ({ body }) => ok({ body })),
    csvToo: endpoint(routes.csvToo, async ({ body }) => ok({ body })),
  },
  finders: {},
  now: Date.now,
  log: openLog({ name: "test", write: () => undefined }),
});
const post = async (path: string, asked: Asked) =>
  answered(await handler(proxyEvent("POST", path, asked), contextOfTest()));
const asCsv = (body: string, type = "text/csv") => ({ body, headers: { "Content-Type": type } });

describe("a body of one of several shapes", () => {
  it.each([
    [{}, ["body.name"]],
    [{ nam: "x" }, ["body.name", "body.nam"]],
    [{ name: 1, size: 1.5 }, ["body.name", "body.size"]],
    [{ things: 1 }, ["body.things"]],
    [{ things: [], size: "x" }, ["body.size"]],
    [[], ["body"]],
  ])("is told what keeps %j from the shape it is nearest to", async (json, paths) => {
    const answer = expectProblem(await post("/json", { json }), 400, "validation_failed");
    const errors: { path: string }[] = answer.body.errors;
    expect(errors.map(({ path }) => path).sort()).toEqual(paths.sort());
  });
});

it("a body of the right shape is told of each wrong entry in it, though another shape would have fewer errors", async () => {
  const answer = expectProblem(await post("/numbers", { json: { things: [1, 2, 3] } }), 400, "validation_failed");
  const errors: { path: string }[] = answer.body.errors;
  expect(errors.map(({ path }) => path)).toEqual(["body.things.0", "body.things.1", "body.things.2"]);
});

describe("a field of one of several types", () => {
  it.each([
    [{ name: "x", to: null }, "must be a string or a number"],
    [{ name: "x", to: { shape: 1 } }, "must be a string or a number"],
    [{ name: "x" }, "is required"],
  ])("is told which of them %j may be", async (json, message) => {
    const answer = expectProblem(await post("/either", { json }), 400, "validation_failed");
    expect(answer.body.errors).toEqual([{ path: "body.to", message }]);
  });
});

describe("a body of text/csv", () => {
  it.each(["text/csv", "text/csv; charset=UTF-8", "TEXT/CSV;charset=utf-8"])(
    "is read where it is taken, as %s",
    async type => {
      const answer = await post("/csv", asCsv("name\nä", type));
      expect(answer).toMatchObject({ status: 200, body: { body: { things: ["name", "ä"] } } });
    },
  );

  it("is JSON all the same where JSON is sent", async () => {
    expect((await post("/csv", { json: { name: "x" } })).body).toEqual({ body: { name: "x" } });
  });

  it("is refused where it cannot be read, or is in another encoding", async () => {
    const unread = expectProblem(await post("/csv", asCsv("name")), 400, "validation_failed");
    expect(unread.body.errors).toEqual([{ path: "body", message: "has no header" }]);
    const binary = { ...asCsv(Buffer.from([0x6e, 0xff]).toString("base64")), isBase64Encoded: true };
    const garbled = expectProblem(await post("/csv", binary), 400, "validation_failed");
    expect(garbled.body.errors).toEqual([{ path: "body", message: "is not CSV in UTF-8" }]);
    // As the gateway hands over what was never UTF-8.
    const replaced = expectProblem(await post("/csv", asCsv("name\nJos\uFFFD")), 400, "validation_failed");
    expect(replaced.body.errors).toEqual(garbled.body.errors);
    const latin = expectProblem(
      await post("/csv", asCsv("name\n", "text/csv; charset=latin1")),
      415,
      "unsupported_media_type",
    );
    expect(latin.body.detail).toBe("Send Content-Type: application/json or text/csv, in UTF-8.");
  });

  it("is refused where only JSON is taken", async () => {
    expectProblem(await post("/json", asCsv("name\n")), 415, "unsupported_media_type");
  });
});
