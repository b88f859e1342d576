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

/**
 * Where several shapes are taken, what keeps the body from being the one that it is nearest to: the one with the fields
 * it has, before the one with the fewest errors.
 */
function ofUnion(path: readonly string[], issue: Extract<Issue, { code: "invalid_union" }>): FieldError[] {
  const byShape = issue.errors
    .filter(issues => !issues.some(isOfWhole))
    .map(issues => ({
      strange: issues.filter(isOfFields).length,
      errors: issues.flatMap(inner => ofIssue([...path, ...inner.path.map(String)], inner)),
    }));
  const [nearest] = byShape.sort(
    (one, other) => one.strange - other.strange || one.errors.length - other.errors.length,
  );
  return nearest?.errors ?? [at(path, wordingOfNone(issue))];
}

/** Whether a shape's issue is that the value is of another type altogether. */
function isOfWhole(issue: Issue): issue is Extract<Issue, { code: "invalid_type" }> {
  return issue.code === "invalid_type" && issue.path.length === 0;
}

/** Whether it is about which fields there are, not what stands in them. */
function isOfFields(issue: Issue): boolean {
  if (issue.code === "unrecognized_keys") return issue.path.length === 0;
  return issue.code === "invalid_type" && issue.path.length === 1 && isMissing(issue);
}

/** A value of none of the types that are taken. */
function wordingOfNone({ errors, message }: Extract<Issue, { code: "invalid_union" }>): string {
  const whole = errors.flat().filter(isOfWhole);
  if (whole.length === 0) return message;
  const wordings = [...new Set(whole.map(wordingOf))];
  return wordings.map((wording, place) => (place === 0 ? wording : wording.replace(/^must be /, ""))).join(" or ");
}

/** A missing field and one of the wrong type are told apart; a schema's own words stand. */
function wordingOf(issue: Extract<Issue, { code: "invalid_type" }>): string {
  const { message, expected } = issue;
  if (!message.startsWith("Invalid input: expected")) return message;
  return isMissing(issue) ? "is required" : `must be ${article(expected)}`;
}

const isMissing = ({ message }: Pick<Issue, "message">) => message.endsWith("received undefined");

function article(expected: string): string {
  if (expected === "int") return "a whole number";
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function at(path: readonly string[], message: string): FieldError {
  return { path: path.join(".").slice(0, pathLengthMax), message };
}
