import type { Assembly } from "../assembly/assembly.ts";
import { ignoredProperties } from "../assembly/support/ignored-properties.ts";
import type { Logger } from "../aws/logger.ts";
import { functionDefinitions } from "../lambda/function-definition.ts";
import { missingPermissions } from "./missing-permissions.ts";
import type { LocalPrincipals } from "./principals.ts";

/** Warns of everything that is otherwise here than on AWS: what is ignored, and what works here without leave. */
export function reportDifferences(assembly: Assembly, principals: LocalPrincipals, log: Logger): void {
  for (const { type, property, resources } of ignoredProperties(assembly.resources)) {
    if (property === undefined) log.warn("resource type has no effect here", { type, resources });
    else log.warn("property has no effect here", { type, property, resources });
  }
  const functions = functionDefinitions(assembly);
  for (const permission of missingPermissions({ assembly, functions, policyOf: name => principals.policyOf(name) })) {
    log.warn("permission is missing on aws", { permission });
  }
}
