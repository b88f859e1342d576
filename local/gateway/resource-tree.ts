/** One resource of a REST API, such as `/api/sessions/{proxy+}`, with its methods. */
export interface ResourceNode<Method> {
  readonly id: string;
  readonly path: string;
  readonly methods: ReadonlyMap<string, Method>;
  readonly children: ReadonlyMap<string, ResourceNode<Method>>;
}

export interface FlatResource {
  readonly id: string;
  readonly parentId: string;
  readonly pathPart: string;
}

export interface Match<Method> {
  readonly node: ResourceNode<Method>;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Builds the tree from the flat list that a template holds. */
export function resourceTree<Method>(
  rootId: string,
  resources: readonly FlatResource[],
  methodsOf: (resourceId: string) => ReadonlyMap<string, Method>,
): ResourceNode<Method> {
  const build = (id: string, path: string): ResourceNode<Method> => ({
    id,
    path: path === "" ? "/" : path,
    methods: methodsOf(id),
    children: new Map(
      resources
        .filter(({ parentId }) => parentId === id)
        .map(child => [child.pathPart, build(child.id, `${path}/${child.pathPart}`)]),
    ),
  });
  return build(rootId, "");
}

/**
 * Finds the resource of a path: a literal part before `{parameter}`, that before `{greedy+}`, and back up the tree where
 * a branch leads nowhere. Parts stay percent-encoded, as a REST API hands them on. A resource without methods is none.
 */
export function matchResource<Method>(root: ResourceNode<Method>, path: string): Match<Method> | undefined {
  return matchParts(root, path.split("/").filter(Boolean), {});
}

function matchParts<Method>(
  node: ResourceNode<Method>,
  parts: readonly string[],
  parameters: Readonly<Record<string, string>>,
): Match<Method> | undefined {
  const [part, ...rest] = parts;
  if (part === undefined) return node.methods.size > 0 ? { node, parameters } : undefined;
  const literal = node.children.get(part);
  const found = literal && matchParts(literal, rest, parameters);
  if (found !== undefined) return found;
  for (const [pattern, child] of node.children) {
    const name = /^\{([^+}]+)\}$/.exec(pattern)?.[1];
    const through = name && matchParts(child, rest, { ...parameters, [name]: part });
    if (through) return through;
  }
  for (const [pattern, child] of node.children) {
    const name = /^\{([^+}]+)\+\}$/.exec(pattern)?.[1];
    if (name !== undefined && child.methods.size > 0) {
      return { node: child, parameters: { ...parameters, [name]: parts.join("/") } };
    }
  }
  return undefined;
}
