import type * as z from "zod";
import type { FieldError } from "../../../domain/error.ts";

type Issue = z.core.$ZodIssue;
/** Long enough for any real path; a client may write what it likes as a field's name. */
const pathLengthMax = 256;

/** zod's issues as the fields they are about: `body.limits.campaignMessagesPerMinute`, `query.limit`. */
export function fieldErrors(part: string, issues: readonly Issue[]): FieldError[] {
  return issues.flatMap(issue => ofIssue([part, ...issue.path.map(String)], issue));
}

function ofIssue(path: readonly string[], issue: Issue): FieldError[] {
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map(key => at([...path, key], "is not a field of this request"));
    case "invalid_type":
      return [at(path, wordingOf(issue))];
    case "invalid_union":
      return ofUnion(path, issue);
    default:
      return [at(path, issue.message)];
  }
}

/** Where several shapes are taken, what keeps the body from being the one that it is nearest to. */
function ofUnion(path: readonly string[], issue: Extract<Issue, { code: "invalid_union" }>): FieldError[] {
  const isShape = (issues: readonly Issue[]) =>
    !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0);
  const byShape = issue.errors
    .filter(isShape)
    .map(issues => issues.flatMap(inner => ofIssue([...path, ...inner.path.map(String)], inner)));
  const [nearest] = byShape.sort((one, other) => one.length - other.length);
  return nearest ?? [at(path, issue.message)];
}

/** A missing field and one of the wrong type are told apart; a schema's own words stand. */
function wordingOf({ message, expected }: Extract<Issue, { code: "invalid_type" }>): string {
  if (!message.startsWith("Invalid input: expected")) return message;
  return message.endsWith("received undefined") ? "is required" : `must be ${article(expected)}`;
}

function article(expected: string): string {
  if (expected === "int") return "a whole number";
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function at(path: readonly string[], message: string): FieldError {
  return { path: path.join(".").slice(0, pathLengthMax), message };
}
