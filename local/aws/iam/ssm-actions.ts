import * as z from "zod";
import type { JsonObject } from "../aws-call.ts";
import type { Authorization, Partition } from "./authorization.ts";

const Input = z.object({ Name: z.string().optional(), Names: z.array(z.string()).optional() });

/** A parameter's ARN has its name after `parameter`, with exactly one slash between (service authorization reference, SSM). */
export function ssmAuthorizations(operation: string, input: JsonObject, where: Partition): readonly Authorization[] {
  const { Name, Names } = Input.parse(input);
  const names = Names ?? (Name === undefined ? [] : [Name]);
  if (names.length === 0) return [{ action: `ssm:${operation}`, resource: "*" }];
  return names.map(name => ({
    action: `ssm:${operation}`,
    resource: name.startsWith("arn:")
      ? name
      : `arn:aws:ssm:${where.region}:${where.accountId}:parameter/${name.replace(/^\//, "")}`,
  }));
}
