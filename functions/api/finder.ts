import type { Exchange } from "./exchange.ts";

/** Finds what a route's ids name before anything else happens, and hands it to the action. */
export interface Finder<T> {
  /** Whether it is there for this tenant; what was found is kept for the request. */
  resolve(exchange: Exchange, tenantId: string, ids: readonly string[]): Promise<boolean>;
  /** Whether all of a list are there, where they are found together; what was found is not kept. */
  readonly resolveAll?: (tenantId: string, ids: readonly string[]) => Promise<boolean>;
  /** What was found for this request. Only for ids that the route's schemas require: else ask `maybe`. */
  of(call: { readonly exchange: Exchange }): T;
  maybe(call: { readonly exchange: Exchange }): T | undefined;
}

/**
 * `find` answers undefined where the ids name nothing of this tenant's: unknown, another tenant's, or of the wrong
 * kind, which all look the same. Tenantless (operator) requests pass an empty tenant id.
 */
export function finder<T>(
  find: (tenantId: string, ids: readonly string[], exchange: Exchange) => Promise<T | undefined>,
): Finder<T> {
  const found = new WeakMap<Exchange, T>();
  return {
    async resolve(exchange, tenantId, ids) {
      const value = await find(tenantId, ids, exchange);
      if (value === undefined) return false;
      found.set(exchange, value);
      return true;
    },
    of({ exchange }) {
      const value = found.get(exchange);
      if (value === undefined) throw new Error(`${exchange.path}: an id was not resolved before it was used`);
      return value;
    },
    maybe: ({ exchange }) => found.get(exchange),
  };
}

/** Finds the things of a list together; `allThere` answers whether every id of it names something of this tenant's. */
export function listFinder(
  allThere: (tenantId: string, ids: readonly string[]) => Promise<boolean>,
): Pick<Finder<never>, "resolve" | "resolveAll"> {
  return { resolve: (_exchange, tenantId, ids) => allThere(tenantId, ids), resolveAll: allThere };
}
