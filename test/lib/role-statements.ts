import * as z from "zod";
import type { AssemblyResource } from "../../local/assembly/assembly.ts";

const oneOrMore = z.union([z.string().transform(text => [text]), z.array(z.string())]);
const Statement = z.object({
  Effect: z.enum(["Allow", "Deny"]),
  Action: oneOrMore,
  Resource: oneOrMore,
  Condition: z.unknown().optional(),
});
export type Statement = z.infer<typeof Statement>;
const Policy = z.object({
  Roles: z.array(z.string()),
  PolicyDocument: z.object({ Statement: z.array(Statement) }),
});

/** What each role may do, by its name, from all policies of the assembly. */
export function statementsByRole(policies: readonly AssemblyResource[]): Map<string, Statement[]> {
  const roles = new Map<string, Statement[]>();
  for (const policy of policies) {
    const { Roles, PolicyDocument } = Policy.parse(policy.properties);
    for (const role of Roles) roles.set(role, [...(roles.get(role) ?? []), ...PolicyDocument.Statement]);
  }
  return roles;
}
