import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { fullFormats } from "ajv-formats/dist/formats.js";

/** The parts of an OpenAPI document that tests are made of, its references resolved. */
export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, Response>>;
}

interface Parameter {
  readonly in: "path" | "query" | "header";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}

interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly content?: Content;
}

type Content = Readonly<Record<string, Media>>;

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** A JSON schema; its references are left for a validator that knows the components. */
export interface Schema {
  readonly [keyword: string]: unknown;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface DocumentedOperation {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const methods = ["get", "post", "put", "patch", "delete"];

/** Every operation of a document, in its order, the parameters, answers and headers that it refers to put in. */
export function operationsOf(document: OpenApiDocument): DocumentedOperation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item)
      .filter(([method]) => methods.includes(method))
      .map(([method, operation]) => ({ method: method.toUpperCase(), path, operation: whole(document, operation) })),
  );
}

function whole(document: OpenApiDocument, operation: Operation): Operation {
  const { parameters, responses } = operation;
  const resolve = <T extends object>(value: T) => resolved(document, value);
  const answers = Object.entries(responses).map(([status, given]) => {
    const answer = resolve(given);
    const headers = Object.entries(answer.headers ?? {}).map(([name, header]) => [name, resolve(header)]);
    return [status, { ...answer, headers: Object.fromEntries(headers) }];
  });
  return { ...operation, parameters: parameters.map(resolve), responses: Object.fromEntries(answers) };
}

/** What a reference stands for, at any depth; anything else as it is. */
export function resolved<T extends object>(document: OpenApiDocument, value: T): T {
  if (!("$ref" in value)) return value;
  const [, , part = "", name = ""] = String(value.$ref).split("/");
  const found = document.components[part]?.[name];
  if (found === undefined) throw new Error(`${String(value.$ref)} refers to nothing`);
  return resolved(document, found as T);
}

/** Judges values by the document's schemas: answers what is wrong, one line a fault. */
export function schemaCheck(document: OpenApiDocument): (schema: Schema, value: unknown) => string[] {
  const ajv = new Ajv2020({
    allErrors: true,
    strict: true,
    formats: { ...fullFormats, base64: true },
    allowUnionTypes: true,
  });
  ajv.addVocabulary(["components", "example"]);
  const compiled = new Map<Schema, ValidateFunction>();
  return (schema, value) => {
    const check = compiled.get(schema) ?? ajv.compile({ ...schema, components: document.components });
    compiled.set(schema, check);
    check(value);
    return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath || "/"} ${message}`);
  };
}
