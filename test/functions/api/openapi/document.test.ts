import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, it } from "vitest";
import { openApiDocument } from "../../../../functions/api/openapi/document.ts";
import { routes } from "../../../../functions/api/routes.ts";
import {
  type DocumentedOperation,
  operationsOf,
  resolved,
  type Schema,
  schemaCheck,
} from "../../../openapi-document.ts";

const rows = Object.values(routes);
const document = JSON.parse(JSON.stringify(openApiDocument(rows, { version: "0.1.0" })));
const operations = operationsOf(document);
const valid = schemaCheck(document);
const documented = rows.filter(route => route.documented);

const bodiesOf = ({ operation }: DocumentedOperation) =>
  [operation.requestBody, ...Object.values(operation.responses)].flatMap(body => Object.values(body?.content ?? {}));

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone(document));
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
    expect(validator.version).toBe("3.1");
  });

  it("has every endpoint of the table, under its name", () => {
    expect(documented.length).toBeGreaterThan(20);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(ids.sort()).toEqual(documented.map(({ operationId }) => operationId).sort());
  });

  it("tells what is posted to a webhook: the event, how it is signed, tried again, told from a repeat and put in order", () => {
    const { post } = document.webhooks.event;
    expect(post.requestBody.content["application/json"].schema).toEqual({ $ref: "#/components/schemas/Event" });
    expect(post.parameters.map(({ name }: { name: string }) => name)).toEqual([
      "webhook-id",
      "webhook-timestamp",
      "webhook-signature",
    ]);
    const schedule = "12 tries, after 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 3 h, 8 h, 16 h, 24 h, 24 h";
    for (const word of [schedule, "whsec_", "Retry-After", "410", "more than once", "sequence"]) {
      expect(post.description).toContain(word);
    }
  });

  it("names each row of the table by its operationId", () => {
    for (const [name, { operationId }] of Object.entries(routes)) expect(operationId).toBe(name);
  });

  it.each(operations)("shows $method $path with a summary, every answer and examples that fit", shown => {
    const { operation } = shown;
    const row = documented.find(({ operationId }) => operationId === operation.operationId);
    expect(operation.summary.length).toBeGreaterThan(5);
    const wanted = ["400", "500", "503", ...(row?.access === "tenant" ? ["401", "429"] : [])];
    expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(wanted));
    for (const [status, answer] of Object.entries(operation.responses)) {
      expect(Object.keys(answer.headers ?? {}), status).toEqual(
        expect.arrayContaining(["X-API-Version", "X-Request-Id", "X-RateLimit-Limit", "X-RateLimit-Reset"]),
      );
    }
    for (const { schema, example, examples = {} } of bodiesOf(shown).filter(({ schema }) => schema.type !== "string")) {
      const given = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
      expect(given.length).toBeGreaterThan(0);
      for (const value of given) expect(valid(schema, value)).toEqual([]);
    }
  });

  it("takes every parameter of a path, and no other", () => {
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter(parameter => parameter.in === "path").map(({ name }) => name);
      expect(inPath.sort()).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort());
    }
  });

  it("bounds every text that a request may hold", () => {
    const unbounded: string[] = [];
    const look = (place: string, given: Schema): void => {
      const schema = resolved(document, given);
      const inner = Object.entries(schema.properties ?? {}).map(
        ([name, value]) => [`${place}.${name}`, value] as const,
      );
      const lists = [schema.anyOf, schema.oneOf, schema.allOf].flatMap(list => (Array.isArray(list) ? list : []));
      for (const [name, value] of [...inner, ...lists.map(value => [place, value] as const)]) look(name, value);
      if (schema.items !== undefined) look(`${place}[]`, schema.items as Schema);
      const bounds = ["maxLength", "pattern", "format", "enum", "const"];
      if ([schema.type].flat().includes("string") && !bounds.some(bound => bound in schema)) unbounded.push(place);
    };
    for (const { operation } of operations) {
      const { operationId, parameters, requestBody } = operation;
      for (const { name, schema } of parameters) look(`${operationId} ${name}`, schema);
      const body = requestBody?.content["application/json"]?.schema;
      if (body) look(`${operationId} body`, body);
    }
    expect(unbounded).toEqual([]);
  });

  it("writes nothing down that has no name: no schema that a generator numbered", () => {
    const names = Object.keys(document.components.schemas);
    expect(names.filter(name => !/^[A-Z][A-Za-z]+$/.test(name))).toEqual([]);
  });
});
