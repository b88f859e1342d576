import {
  type DocumentedOperation,
  type OpenApiDocument,
  resolved,
  type Schema,
  schemaCheck,
} from "../openapi-document.ts";
import { addressOf, kindOf, type NamedRequest } from "./api-world.ts";

/** One request that must be refused, and how. */
export interface BadRequest {
  readonly title: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  readonly status: number;
  readonly code: string;
  /** Which field the answer must name, where it is a matter of fields. */
  readonly field?: string;
  readonly allow?: readonly string[];
}

/** What bad requests are made of. */
interface Setting {
  readonly document: OpenApiDocument;
  /** A request that would succeed. */
  readonly good: NamedRequest;
  /** The same request by another tenant, who has all that it names. */
  readonly foreign: NamedRequest;
  /** Cursors that listings gave, none of which is of this tenant's listing that is asked for. */
  readonly foreignCursors: Readonly<Record<string, string>>;
  /** Keys that open nothing, by what is wrong with them. */
  readonly badKeys: Readonly<Record<string, string | undefined>>;
}

type Change = Partial<Pick<BadRequest, "method" | "path" | "headers" | "body" | "field" | "allow">>;
type Refusals = (shown: DocumentedOperation, setting: Setting) => BadRequest[];

const json = { "content-type": "application/json" };
const bodyBytesMax = 4 * 1024 * 1024;

/** Every way in which a request of an operation can be wrong that its document tells of. */
export const badRequestsOf: Refusals = (shown, setting) =>
  (isPublic(shown) ? [anyRequest] : [anyRequest, keys, ids, queries, bodies, csvs]).flatMap(of => of(shown, setting));

function isPublic({ operation }: DocumentedOperation): boolean {
  return operation.security?.length === 0;
}

/** Makes refusals of the good request, changed. */
function refusing({ method }: DocumentedOperation, { good }: Setting) {
  const text = good.body === undefined ? undefined : JSON.stringify(good.body);
  const base = { method, path: good.path, headers: text === undefined ? {} : json, body: text };
  return (title: string, status: number, code: string, change: Change): BadRequest => ({
    ...base,
    title,
    status,
    code,
    ...change,
  });
}

const anyRequest: Refusals = (shown, setting) => {
  const refuse = refusing(shown, setting);
  const version = { ...(setting.good.body === undefined ? {} : json), "x-api-version": "2020-01-01" };
  const known = Object.keys(setting.document.paths[shown.path] ?? {}).map(method => method.toUpperCase());
  const unknown = ["GET", "POST", "PUT", "PATCH", "DELETE"].filter(method => !known.includes(method));
  const allow = [...known, ...(known.includes("GET") ? ["HEAD"] : []), "OPTIONS"];
  const [bare = "", query = ""] = setting.good.path.split(/(?=\?)/);
  // What is not under /api is the console's, but for the pages of the document.
  const path = `${bare}/there/is/nothing/here${query}`;
  const elsewhere = bare.startsWith("/api/") ? [refuse("an unknown route", 404, "not_found", { path })] : [];
  return [
    refuse("an unknown version", 400, "validation_failed", { headers: version, field: "headers.X-API-Version" }),
    ...elsewhere,
    ...unknown.map(method =>
      refuse(`the method ${method}`, 405, "method_not_allowed", { method, allow, headers: {}, body: undefined }),
    ),
  ];
};

const keys: Refusals = (shown, setting) => {
  const refuse = refusing(shown, setting);
  const type: Record<string, string> = setting.good.body === undefined ? {} : json;
  return Object.entries(setting.badKeys).map(([what, key]) =>
    refuse(what, 401, "unauthorized", {
      headers: { ...type, authorization: key === undefined ? "" : `Bearer ${key}` },
    }),
  );
};

/** Ids of nobody's, of another tenant's and of other kinds, wherever an id can stand. */
const ids: Refusals = (shown, setting) => {
  const refuse = refusing(shown, setting);
  const { good, foreign } = setting;
  const named = shown.operation.parameters.flatMap(({ name, in: place, schema }) => {
    const kind = kindOf(schema);
    return kind === undefined || place === "header" ? [] : [{ name, kind, place }];
  });
  const at = (name: string, id: string) => {
    const names = { ...good.names, [name]: id };
    const path = addressOf(shown, names);
    return { path: name in good.names ? path : withQuery(path, `${name}=${id}`) };
  };
  const inAddress = named.flatMap(({ name, kind, place }) => {
    const wrong = (what: string, id: string) => refuse(`${what} as ${place} ${name}`, 404, "not_found", at(name, id));
    const theirs = foreign.names[name];
    return [
      ...strangeIds(kind).map(([what, id]) => wrong(what, id)),
      ...(theirs === undefined ? [] : [wrong("another tenant's", theirs)]),
    ];
  });
  const inBody = fieldsOf(shown, setting).flatMap(({ place, schema }) => {
    const one = kindOf(schema);
    const kind = one ?? kindOf(itemsOf(schema));
    if (kind === undefined) return [];
    const theirs = foreign.names[kind];
    const foreigners: [string, string][] = theirs === undefined ? [] : [["another tenant's", theirs]];
    return [...strangeIds(kind), ...foreigners].map(([what, id]) =>
      refuse(`${what} as body ${place.join(".")}`, 404, "not_found", {
        body: changed(good.body, place, one === undefined ? [id] : id),
      }),
    );
  });
  return [...inAddress, ...inBody];
};

function strangeIds(kind: string): [string, string][] {
  const other = kind === "con" ? "tpl" : "con";
  return [
    ["nobody's id", `${kind}_01AAAAAAAAAAAAAAAAAAAAAAAA`],
    ["an id of another kind", `${other}_01AAAAAAAAAAAAAAAAAAAAAAAA`],
    ["no id at all", "nonsense"],
  ];
}

const queries: Refusals = (shown, setting) => {
  const refuse = refusing(shown, setting);
  const wrong = (name: string, value: string) =>
    refuse(`${name}=${value.slice(0, 40)}`, 400, "validation_failed", {
      path: withQuery(setting.good.path, `${name}=${encodeURIComponent(value)}`),
      field: `query.${name}`,
    });
  const given = (what: string, cursor: string) => ({ ...wrong("cursor", cursor), title: `${what} as cursor` });
  const check = schemaCheck(setting.document);
  const optional = shown.operation.parameters.filter(({ in: place, required }) => place === "query" && !required);
  const values = ["", "0", "101", "1.5", "nonsense", "x".repeat(3_000)];
  const known = optional.flatMap(({ name, schema }) => {
    if (kindOf(schema) !== undefined) return [];
    const refused = values.filter(value => check(schema, asGiven(schema, value)).length > 0);
    const twice = { path: withQuery(setting.good.path, `${name}=1&${name}=2`), field: `query.${name}` };
    return [
      ...refused.map(value => wrong(name, value)),
      ...(name === "cursor" ? ["AAAA", "x".repeat(100), "Zm9yZ2Vk".repeat(8)].map(value => wrong(name, value)) : []),
      ...(name === "cursor" ? Object.entries(setting.foreignCursors).map(([what, value]) => given(what, value)) : []),
      refuse(`${name} twice`, 400, "validation_failed", twice),
    ];
  });
  return [wrong("nonsense", "1"), ...known];
};

/** A query holds texts; what is a number there is judged as one. */
function asGiven({ type }: Schema, value: string): unknown {
  return (type === "integer" || type === "number") && value !== "" ? Number(value) : value;
}

const bodies: Refusals = (shown, setting) => {
  if (!["POST", "PUT", "PATCH"].includes(shown.method)) return [];
  const refuse = refusing(shown, setting);
  const { body } = setting.good;
  const whole = (title: string, text: string, field = "body") =>
    refuse(title, 400, "validation_failed", { body: text, headers: json, field });
  const padded = `{"nonsense":1${" ".repeat(bodyBytesMax)}}`;
  return [
    whole("a body that is not JSON", "{"),
    whole("a list for a body", "[]"),
    whole("an unknown field", changed(body, ["nonsense"], 1), "body.nonsense"),
    refuse("a body over the limit", 413, "body_too_large", { body: padded, headers: json }),
    refuse("a form", 415, "unsupported_media_type", {
      body: "a=1",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    }),
    ...fields(shown, setting),
    ...(shown.method === "POST"
      ? [
          refuse("an idempotency key that is too long", 400, "validation_failed", {
            headers: { ...(body === undefined ? {} : json), "idempotency-key": "k".repeat(256) },
            field: "headers.Idempotency-Key",
          }),
        ]
      : []),
  ];
};

/** What can be wrong with a CSV as a whole; of its rows each is judged by itself. */
const csvs: Refusals = (shown, setting) => {
  if (shown.operation.requestBody?.content["text/csv"] === undefined) return [];
  const refuse = refusing(shown, setting);
  const csv = (title: string, body: string | Buffer<ArrayBuffer>, status = 400, code = "validation_failed") =>
    refuse(title, status, code, { body, headers: { "content-type": "text/csv" }, field: "body" });
  const latin1 = {
    body: "phone,name\n+5511999999999,Ana\n",
    headers: { "content-type": "text/csv; charset=iso-8859-1" },
  };
  return [
    refuse("a CSV said to be in another charset", 415, "unsupported_media_type", latin1),
    csv("a CSV in another charset", Buffer.from("phone,name\n+5511999999999,José\n", "latin1")),
    csv("a CSV without a header", "+5511999999999,Ana\n"),
    csv("a CSV whose quote is never closed", 'phone,name\n+5511999999999,"Ana'),
    csv("a CSV of too many rows", `phone\n${"+5511999999999\n".repeat(5_001)}`),
    csv("a CSV over the limit", `phone,name\n${"+5511999999999,Ana\n".repeat(250_000)}`, 413, "body_too_large"),
  ];
};

/** Each field missing, of a wrong type, empty and too long, as far as the document does not allow it. */
const fields: Refusals = (shown, setting) => {
  const refuse = refusing(shown, setting);
  const check = schemaCheck(setting.document);
  const { body } = setting.good;
  const wrong = (title: string, place: readonly string[], value: unknown) =>
    refuse(`${title} ${place.join(".")}`, 400, "validation_failed", {
      body: changed(body, place, value),
      field: `body.${place.join(".")}`,
    });
  const missing = (bodySchemaOf(shown, setting)?.required ?? []).map(name => wrong("no", [name], undefined));
  const inField = fieldsOf(shown, setting).flatMap(({ place, schema }) => {
    // A text in the place of an id is an id that does not exist.
    const texts = kindOf(schema) === undefined ? ["", "x".repeat(lengthMaxOf(schema) + 1)] : [];
    const types = [7.5, true, { nonsense: { nonsense: 1 } }, [[[]]]];
    const refused = [...texts, ...types].filter(value => check(schema, value).length > 0);
    return refused.map(value => wrong(`${JSON.stringify(value).slice(0, 20)} as`, place, value));
  });
  const inItems = fieldsOf(shown, setting).flatMap(({ place, schema }) => {
    const first = [...place, "0"];
    const items = resolved(setting.document, itemsOf(schema));
    if (typeof valueAt(body, first) !== "object" || items.additionalProperties !== false) return [];
    const { required = [] } = items;
    const unknown = wrong("an unknown field", [...first, "nonsense"], 1);
    return [unknown, ...required.map(name => wrong("no", [...first, name], undefined))];
  });
  return [...missing, ...inField, ...inItems];
};

function lengthMaxOf({ maxLength }: Schema): number {
  return typeof maxLength === "number" ? maxLength : 100_000;
}

function bodySchemaOf({ operation }: DocumentedOperation, { document, good }: Setting): Schema | undefined {
  const given = operation.requestBody?.content["application/json"]?.schema;
  const schema = given && resolved(document, given);
  const alternatives = [schema?.anyOf, schema?.oneOf].flatMap(list => (Array.isArray(list) ? (list as Schema[]) : []));
  if (alternatives.length === 0) return schema;
  const check = schemaCheck(document);
  const meant = alternatives.find(alternative => check(alternative, good.body).length === 0);
  return meant && resolved(document, meant);
}

interface Field {
  readonly place: readonly string[];
  readonly schema: Schema;
}

/** The fields that a body may have, and those of the objects in it and of the first one in each list of them. */
function fieldsOf(shown: DocumentedOperation, setting: Setting): Field[] {
  return within([], bodySchemaOf(shown, setting) ?? {}, setting);
}

function within(place: readonly string[], { properties = {} }: Schema, setting: Setting): Field[] {
  return Object.entries(properties).flatMap(([name, given]) => {
    const schema = resolved(setting.document, given);
    const inner = [...place, name];
    const first = [...inner, "0"];
    const items = resolved(setting.document, itemsOf(schema));
    const inList = valueAt(setting.good.body, first) === undefined ? [] : within(first, items, setting);
    return [{ place: inner, schema }, ...within(inner, schema, setting), ...inList];
  });
}

function valueAt(body: unknown, place: readonly string[]): unknown {
  return place.reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], body);
}

function itemsOf(schema: Schema): Schema {
  const alternatives = [schema, ...(Array.isArray(schema.anyOf) ? (schema.anyOf as Schema[]) : [])];
  return (alternatives.find(({ items }) => items !== undefined)?.items ?? {}) as Schema;
}

/** The body with one value in one place, as JSON. */
function changed(body: unknown, place: readonly string[], value: unknown): string {
  return JSON.stringify(withValue(body, place, value));
}

function withValue(body: unknown, [name, ...inner]: readonly string[], value: unknown): unknown {
  if (name === undefined) return value;
  if (Array.isArray(body)) return body.map((item, at) => (String(at) === name ? withValue(item, inner, value) : item));
  const fields: Record<string, unknown> = { ...(body as object | undefined) };
  return { ...fields, [name]: withValue(fields[name], inner, value) };
}

function withQuery(path: string, query: string): string {
  return `${path}${path.includes("?") ? "&" : "?"}${query}`;
}
