import type * as dynamodb from "aws-cdk-lib/aws-dynamodb";
import * as iam from "aws-cdk-lib/aws-iam";
import { type TableId, tableVariable } from "../domain/tables.ts";
import type { Tables } from "./data-stack.ts";

type ItemAction =
  | "GetItem"
  | "PutItem"
  | "UpdateItem"
  | "DeleteItem"
  | "ConditionCheckItem"
  | "Query"
  | "Scan"
  | "BatchGetItem"
  | "BatchWriteItem";

/** What a program does with one table: with its items, and which of its indexes it queries. */
export interface TableAccess {
  readonly items: readonly ItemAction[];
  readonly indexes?: readonly string[];
}

/** Grants each of the named tables, action by action; a table of the list without an entry does not compile. */
export function grantTables<const T extends TableId>(
  grantee: iam.IGrantable,
  tables: Tables,
  ids: readonly T[],
  access: Readonly<Record<T, TableAccess>>,
): void {
  for (const id of ids) grantTable(grantee, tables[id], access[id]);
}

/** Grants the same on each of the named tables. */
export function grantAlike(
  grantee: iam.IGrantable,
  tables: Tables,
  ids: readonly TableId[],
  access: TableAccess,
): void {
  for (const id of ids) grantTable(grantee, tables[id], access);
}

function grantTable(grantee: iam.IGrantable, table: dynamodb.Table, access: TableAccess): void {
  const allow = (actions: readonly string[], resources: readonly string[]) => {
    if (actions.length === 0 || resources.length === 0) return;
    const statement = new iam.PolicyStatement({
      actions: actions.map(action => `dynamodb:${action}`),
      resources: [...resources],
    });
    grantee.grantPrincipal.addToPrincipalPolicy(statement);
  };
  allow(access.items, [table.tableArn]);
  allow(
    ["Query"],
    (access.indexes ?? []).map(index => `${table.tableArn}/index/${index}`),
  );
}

type TableVariables<T extends TableId> = Readonly<Record<`TABLE_${Uppercase<T>}`, string>>;

/** The environment variables that name these tables, as `tableEnvironment` of the domain expects them. */
export function tableVariables<const T extends TableId>(tables: Tables, ids: readonly T[]): TableVariables<T>;
export function tableVariables(tables: Tables, ids: readonly TableId[]): Record<string, string> {
  return Object.fromEntries(ids.map(id => [tableVariable(id), tables[id].tableName]));
}
