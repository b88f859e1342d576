/** A request body read as JSON: its value, nothing at all, or why it is not JSON. */
export type JsonBody =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "empty" }
  | { readonly kind: "fault"; readonly message: string };

/** Deeper than anyone writes by hand, shallow enough for every recursive reader behind. */
const depthMax = 64;

/** Reads UTF-8 JSON. Text that is not well-formed Unicode and nesting without an end are refused here, once. */
export function jsonBody(bytes: Buffer): JsonBody {
  if (bytes.length === 0) return { kind: "empty" };
  const value = parsed(bytes);
  if (value === undefined) return { kind: "fault", message: "is not JSON in UTF-8" };
  const message = faultWithin(value.json);
  return message === undefined ? { kind: "value", value: value.json } : { kind: "fault", message };
}

function parsed(bytes: Buffer): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) };
  } catch (error) {
    // SyntaxError from JSON, TypeError from the decoder: both say that the client's bytes are at fault.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Walks level by level rather than by recursion, since depth is what it guards against. */
function faultWithin(root: unknown): string | undefined {
  let level = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > depthMax) return `is nested deeper than ${depthMax} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === "string" && !value.isWellFormed()) return "has text that is not well-formed Unicode";
      if (typeof value !== "object" || value === null) continue;
      for (const [name, inner] of Object.entries(value)) {
        if (!name.isWellFormed()) return "has text that is not well-formed Unicode";
        next.push(inner);
      }
    }
    level = next;
  }
  return undefined;
}
