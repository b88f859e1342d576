const compiled = new Map<string, RegExp>();

/**
 * Whether `text` fits an IAM pattern, where `*` stands for any characters and `?` for exactly one
 * (IAM user guide, "Resource: using wildcards"). Actions compare without case, resources with it.
 */
export function matchesWildcard(pattern: string, text: string, options: { ignoreCase?: boolean } = {}): boolean {
  const flags = options.ignoreCase === true ? "is" : "s";
  const cacheKey = `${flags}:${pattern}`;
  const known = compiled.get(cacheKey);
  if (known !== undefined) return known.test(text);
  const source = pattern
    .replace(/[\\^$.+()[\]{}|]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, flags);
  // Policies are few; the bound is for patterns that carry a request's value (policy variables).
  if (compiled.size > 5_000) compiled.clear();
  compiled.set(cacheKey, expression);
  return expression.test(text);
}

/** ARNs match part by part, so that a `*` in the account never swallows the resource (ArnLike, ArnEquals). */
export function matchesArn(pattern: string, arn: string): boolean {
  const patternParts = splitArn(pattern);
  const arnParts = splitArn(arn);
  if (patternParts.length !== 6 || arnParts.length !== 6) return false;
  return patternParts.every((part, position) => matchesWildcard(part, arnParts[position] ?? ""));
}

function splitArn(arn: string): string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(":")] : [])];
}
