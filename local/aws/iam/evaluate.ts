import type { Authorization, ConditionContext } from "./authorization.ts";
import { evaluateConditions } from "./conditions.ts";
import type { PolicyStatement } from "./policy.ts";
import { matchesWildcard } from "./wildcard.ts";

/** `unsupported` is there when a statement was judged by a condition that this evaluation does not know. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason: "allowed" | "explicit deny" | "no statement allows it" | "unsupported condition";
  readonly unsupported?: string;
}

/**
 * What a role's identity policies say about one authorization: an explicit deny wins, otherwise one allow is enough,
 * otherwise it is denied (IAM user guide, "Policy evaluation logic"; there are no boundaries, resource or session
 * policies here). A condition this evaluation does not know denies: it must not pass unseen what AWS may refuse.
 */
export function evaluate(
  statements: readonly PolicyStatement[],
  wanted: Authorization,
  context: ConditionContext,
): Decision {
  return judge(
    statements.filter(statement => covers(statement, wanted)),
    () => context,
  );
}

/** The same for statements that are known to cover the action and the resource. The context is made where one asks for it. */
export function judge(covering: readonly PolicyStatement[], context: () => ConditionContext): Decision {
  let allowed = false;
  let unsupported: string | undefined;
  for (const statement of covering) {
    const condition = statement.Condition === undefined ? met : evaluateConditions(statement.Condition, context());
    if (condition.kind === "unmet") continue;
    if (condition.kind === "unsupported") unsupported = condition.what;
    if (statement.Effect === "Deny") {
      return unsupported === undefined
        ? { allowed: false, reason: "explicit deny" }
        : { allowed: false, reason: "unsupported condition", unsupported };
    }
    if (condition.kind === "met") allowed = true;
  }
  if (allowed) return { allowed: true, reason: "allowed" };
  if (unsupported !== undefined) return { allowed: false, reason: "unsupported condition", unsupported };
  return { allowed: false, reason: "no statement allows it" };
}

const met = { kind: "met" } as const;

/** Whether a statement is about the action and the resource, whatever its effect and its conditions. */
export function covers(statement: PolicyStatement, { action, resource }: Authorization): boolean {
  return coversAction(statement, action) && coversResource(statement, resource);
}

function coversAction(statement: PolicyStatement, action: string): boolean {
  const fits = (pattern: string) => matchesWildcard(pattern, action, { ignoreCase: true });
  return statement.Action === undefined ? !(statement.NotAction ?? []).some(fits) : statement.Action.some(fits);
}

function coversResource(statement: PolicyStatement, resource: string): boolean {
  const fits = (pattern: string) => matchesWildcard(pattern, resource);
  return statement.Resource === undefined ? !(statement.NotResource ?? []).some(fits) : statement.Resource.some(fits);
}
