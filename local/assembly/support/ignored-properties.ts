import type { AssemblyResource } from "../assembly.ts";
import { apiSupport } from "./api-support.ts";
import { awsOnlySupport, containerSupport } from "./container-support.ts";
import { functionSupport } from "./function-support.ts";
import { messagingSupport } from "./messaging-support.ts";
import type { SupportTable } from "./resource-support.ts";
import { storageSupport } from "./storage-support.ts";

const supported: SupportTable = {
  ...storageSupport,
  ...messagingSupport,
  ...functionSupport,
  ...apiSupport,
  ...containerSupport,
  ...awsOnlySupport,
};

/** Something a template asks for that would silently not happen here. */
export interface Ignored {
  readonly type: string;
  /** The property's path; undefined where the whole resource type is unknown. */
  readonly property: string | undefined;
  readonly resources: readonly string[];
}

/** What the runner would silently ignore of these resources, one entry for each type and property. */
export function ignoredProperties(
  resources: readonly Pick<AssemblyResource, "stack" | "logicalId" | "type" | "properties">[],
): readonly Ignored[] {
  const found = new Map<string, { type: string; property: string | undefined; resources: string[] }>();
  for (const { stack, logicalId, type, properties } of resources) {
    const support = supported[type];
    const unheard = support === undefined ? [undefined] : unheardPaths(properties, known(support));
    for (const property of unheard) {
      const entry = found.get(`${type} ${property}`) ?? { type, property, resources: [] };
      entry.resources.push(`${stack}/${logicalId}`);
      found.set(`${type} ${property}`, entry);
    }
  }
  return [...found.values()];
}

const known = ({ honoured, withoutEffect }: SupportTable[string]): ReadonlySet<string> =>
  new Set([...honoured, ...withoutEffect]);

function unheardPaths(value: unknown, paths: ReadonlySet<string>): readonly string[] {
  if (paths.has("*")) return [];
  const unheard = new Set<string>();
  const visit = (inner: unknown, path: string): void => {
    // An empty list asks for nothing.
    if (paths.has(path) || (Array.isArray(inner) && inner.length === 0)) return;
    const descends = path === "" || [...paths].some(candidate => candidate.startsWith(`${path}.`));
    if (!descends) {
      unheard.add(path);
    } else if (Array.isArray(inner)) {
      for (const member of inner) visit(member, path);
    } else if (typeof inner === "object" && inner !== null) {
      for (const [name, member] of Object.entries(inner)) visit(member, path === "" ? name : `${path}.${name}`);
    }
  };
  visit(value, "");
  return [...unheard];
}
