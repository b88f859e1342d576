import type { Authorization } from "./authorization.ts";
import { covers } from "./evaluate.ts";
import type { PolicyStatement } from "./policy.ts";

/** Roles, actions and tables are few; the bound is for the names of objects in buckets. */
const rememberedMax = 5_000;

/**
 * Which statements of a role are about an action on a resource. They do not depend on the request, so that they are
 * looked for once and only their conditions are judged for each call.
 */
export class CoveringStatements {
  readonly #byPolicy = new WeakMap<readonly PolicyStatement[], Map<string, readonly PolicyStatement[]>>();

  of(policy: readonly PolicyStatement[], wanted: Authorization): readonly PolicyStatement[] {
    const known = this.#knownOf(policy);
    const name = `${wanted.action} ${wanted.resource}`;
    const found = known.get(name) ?? policy.filter(statement => covers(statement, wanted));
    if (known.size >= rememberedMax) known.clear();
    known.set(name, found);
    return found;
  }

  #knownOf(policy: readonly PolicyStatement[]): Map<string, readonly PolicyStatement[]> {
    const known = this.#byPolicy.get(policy) ?? new Map<string, readonly PolicyStatement[]>();
    this.#byPolicy.set(policy, known);
    return known;
  }
}
