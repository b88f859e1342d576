import type { ConditionContext } from "./authorization.ts";
import type { PolicyStatement } from "./policy.ts";
import { matchesArn, matchesWildcard } from "./wildcard.ts";

type Conditions = NonNullable<PolicyStatement["Condition"]>;
type Comparison = (expected: string, actual: string) => boolean;

/** `unsupported` names the operator or key that this evaluation does not know. */
export type ConditionResult =
  | { readonly kind: "met" | "unmet" }
  | { readonly kind: "unsupported"; readonly what: string };

const positive: Readonly<Record<string, Comparison>> = {
  stringequals: (expected, actual) => expected === actual,
  stringequalsignorecase: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
  stringlike: (expected, actual) => matchesWildcard(expected, actual),
  arnequals: matchesArn,
  arnlike: matchesArn,
  bool: (expected, actual) => expected.toLowerCase() === actual.toLowerCase(),
};

const negative: Readonly<Record<string, Comparison>> = {
  stringnotequals: (expected, actual) => expected === actual,
  stringnotlike: (expected, actual) => matchesWildcard(expected, actual),
  arnnotequals: matchesArn,
  arnnotlike: matchesArn,
};

const knownKeys = new Set([
  "aws:principalarn",
  "aws:principalaccount",
  "aws:principaltype",
  "aws:requestedregion",
  "aws:resourceaccount",
  "aws:securetransport",
  "aws:sourcevpce",
  "dynamodb:leadingkeys",
  "ecs:cluster",
  "ecs:service",
  "kms:encryptioncontextkeys",
  "kms:viaservice",
  "s3:prefix",
  "sns:protocol",
]);

function isKnownKey(key: string): boolean {
  return knownKeys.has(key) || key.startsWith("kms:encryptioncontext:");
}

/**
 * Whether every operator and key of a Condition block holds (IAM user guide, "Conditions with multiple context keys
 * or values": keys and operators are joined by AND, the values of one key by OR, negated operators by NOR).
 */
export function evaluateConditions(conditions: Conditions, context: ConditionContext): ConditionResult {
  let met = true;
  for (const [operator, keys] of Object.entries(conditions)) {
    for (const [key, expected] of Object.entries(keys)) {
      if (!isKnownKey(key.toLowerCase())) return { kind: "unsupported", what: `condition key ${key}` };
      const result = evaluateOne(operator.toLowerCase(), expected, context.get(key.toLowerCase()));
      if (result === undefined) return { kind: "unsupported", what: `condition operator ${operator}` };
      met = met && result;
    }
  }
  return { kind: met ? "met" : "unmet" };
}

function evaluateOne(
  operator: string,
  expected: readonly string[],
  actual: readonly string[] | undefined,
): boolean | undefined {
  if (operator === "null") return expected.includes(actual === undefined ? "true" : "false");
  const { set, name, ifExists } = operatorParts(operator);
  const positively = positive[name];
  const negatively = negative[name];
  if (positively === undefined && negatively === undefined) return undefined;
  if (actual === undefined) return ifExists || set === "forallvalues" || negatively !== undefined;
  const holds = (value: string) =>
    positively === undefined
      ? !expected.some(one => negatively?.(one, value) ?? true)
      : expected.some(one => positively(one, value));
  return set === "foranyvalue" || (set === "single" && positively !== undefined)
    ? actual.some(holds)
    : actual.every(holds);
}

function operatorParts(operator: string): {
  set: "single" | "forallvalues" | "foranyvalue";
  name: string;
  ifExists: boolean;
} {
  const [prefix, rest] = operator.includes(":") ? operator.split(":", 2) : ["single", operator];
  const ifExists = rest?.endsWith("ifexists") ?? false;
  const name = ifExists ? (rest ?? "").slice(0, -"ifexists".length) : (rest ?? "");
  const set = prefix === "forallvalues" || prefix === "foranyvalue" ? prefix : "single";
  return { set, name, ifExists };
}
