import * as z from "zod";

const oneOrMany = z.union([z.string().transform(one => [one]), z.array(z.string())]);

const ConditionValue = z
  .union([z.string(), z.boolean(), z.number(), z.array(z.union([z.string(), z.boolean(), z.number()]))])
  .transform(value => (Array.isArray(value) ? value.map(String) : [String(value)]));

/**
 * One statement of an identity policy, in the shape of the IAM JSON policy language; a single action, resource or
 * condition value may stand without its array. Intrinsic functions must be resolved before.
 */
export const PolicyStatement = z
  .object({
    Sid: z.string().optional(),
    Effect: z.enum(["Allow", "Deny"]),
    Action: oneOrMany.optional(),
    NotAction: oneOrMany.optional(),
    Resource: oneOrMany.optional(),
    NotResource: oneOrMany.optional(),
    Condition: z.record(z.string(), z.record(z.string(), ConditionValue)).optional(),
  })
  .refine(statement => (statement.Action === undefined) !== (statement.NotAction === undefined), {
    message: "a statement has either Action or NotAction",
  })
  .refine(statement => (statement.Resource === undefined) !== (statement.NotResource === undefined), {
    message: "a statement of an identity policy has either Resource or NotResource",
  });
export type PolicyStatement = z.infer<typeof PolicyStatement>;
