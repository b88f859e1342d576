import { referencesOf } from "./intrinsics.ts";
import type { StackScope } from "./stack-scope.ts";
import type { Template, TemplateResource } from "./template.ts";

interface Stack {
  readonly name: string;
  readonly template: Template;
  readonly scope: StackScope;
}

interface Ordered<S extends Stack> {
  readonly stack: S;
  readonly logicalId: string;
  readonly resource: TemplateResource;
}

/**
 * The resources of stacks (given each after the stacks it imports from) in an order in which they can be made:
 * each after what it refers to or names in DependsOn. Resources whose condition is false are left out.
 */
export function dependencyOrder<S extends Stack>(stacks: readonly S[]): readonly Ordered<S>[] {
  return stacks.flatMap(stack => {
    const ordered: Ordered<S>[] = [];
    const visited = new Set<string>();
    const visit = (logicalId: string): void => {
      const resource = stack.template.Resources[logicalId];
      if (resource === undefined || visited.has(logicalId)) return;
      visited.add(logicalId);
      for (const needed of [resource.DependsOn].flat()) visit(needed);
      for (const needed of referencesOf(resource.Properties).logicalIds) visit(needed);
      if (resource.Condition === undefined || stack.scope.condition(resource.Condition)) {
        ordered.push({ stack, logicalId, resource });
      }
    };
    for (const logicalId of Object.keys(stack.template.Resources)) visit(logicalId);
    return ordered;
  });
}
