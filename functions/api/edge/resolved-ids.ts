import type middy from "@middy/core";
import { NotFound } from "../../../domain/error.ts";
import type { Answer } from "../answer.ts";
import type { Exchange } from "../exchange.ts";
import type { Finder } from "../finder.ts";
import type { IdsOf } from "../route.ts";
import { isTooLarge } from "./body.ts";
import { matchedOf } from "./matched-route.ts";

/** A longer list of ids is more than any schema takes, and is refused there: of things found one by one, or together. */
const listedMax = 100;
const togetherMax = 5_000;

/** The finders of a resource, by the kinds its routes name. */
export type Finders = Readonly<Record<string, Pick<Finder<unknown>, "resolve" | "resolveAll">>>;

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
    const resolutions = resolutionsOf(exchange, at, finders[kind], tenantId);
    if ((await Promise.all(resolutions)).some(there => !there)) throw new NotFound();
  }
}

function resolutionsOf(exchange: Exchange, at: IdsOf["at"], finder: Finders[string] | undefined, tenantId: string) {
  const [only = ""] = at;
  const together = finder?.resolveAll;
  if (together !== undefined && only.endsWith("[]")) {
    return [together(tenantId, listAt(exchange, only.slice(0, -2), togetherMax))];
  }
  return idsAt(exchange, at).map(ids => finder?.resolve(exchange, tenantId, ids));
}

/** The sets of ids to look for. None where one of them is missing or no string: the schemas say that better. */
function idsAt(exchange: Exchange, at: IdsOf["at"]): string[][] {
  const [only, ...more] = at;
  if (only?.endsWith("[]") && more.length === 0) return listAt(exchange, only.slice(0, -2), listedMax).map(id => [id]);
  const ids = at.map(place => valueAt(exchange, place)).filter(isText);
  return ids.length === at.length ? [ids] : [];
}

function listAt(exchange: Exchange, place: string, max: number): string[] {
  const list = valueAt(exchange, place);
  return Array.isArray(list) ? [...new Set(list.filter(isText))].slice(0, max) : [];
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
