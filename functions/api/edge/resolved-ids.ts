import type middy from "@middy/core";
import { NotFound } from "../../../domain/error.ts";
import type { Answer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import type { Finder } from "../finder.ts";
import type { IdsOf } from "../route.ts";
import { isTooLarge } from "./body.ts";
import { matchedOf } from "./matched-route.ts";

/** A longer list of ids is more than any schema takes, and is refused there. */
const listedMax = 100;

/** The finders of a resource, by the kinds its routes name. */
export type Finders = Readonly<Record<string, Pick<Finder<unknown>, "resolve">>>;

/** Answers 404 for an id that names nothing of this tenant's, before anything else of the request is looked at. */
export function resolvedIds(finders: Finders): middy.MiddlewareObj<Exchange, Answer> {
  return {
    async before({ event }): Promise<undefined> {
      await resolveIds(event, finders);
    },
  };
}

export async function resolveIds(exchange: Exchange, finders: Finders): Promise<void> {
  for (const { kind, at } of matchedOf(exchange).endpoint.route.ids) {
    const tenantId = exchange.caller?.tenantId ?? "";
    const resolutions = idsAt(exchange, at).map(ids => finders[kind]?.resolve(exchange, tenantId, ids));
    if ((await Promise.all(resolutions)).some(there => !there)) throw new NotFound();
  }
}

/** The sets of ids to look for. None where one of them is missing or no string: the schemas say that better. */
function idsAt(exchange: Exchange, at: IdsOf["at"]): string[][] {
  const [only, ...more] = at;
  if (only?.endsWith("[]") && more.length === 0) return listAt(exchange, only.slice(0, -2)).map(id => [id]);
  const ids = at.map(place => valueAt(exchange, place)).filter(isText);
  return ids.length === at.length ? [ids] : [];
}

function listAt(exchange: Exchange, place: string): string[] {
  const list = valueAt(exchange, place);
  return Array.isArray(list) ? [...new Set(list.filter(isText))].slice(0, listedMax) : [];
}

function valueAt(exchange: Exchange, place: string): unknown {
  const [part, name = "", ...inner] = place.split(".");
  if (part === "params") return matchedOf(exchange).params[name];
  if (part === "query") return exchange.query[name];
  if (isTooLarge(exchange)) return undefined;
  const body = exchange.json();
  return body.kind === "value" ? [name, ...inner].reduce(fieldOf, body.value) : undefined;
}

function fieldOf(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}
