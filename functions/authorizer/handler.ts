import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from "aws-lambda";
import { systemNow } from "../../domain/clock.ts";
import { openDb } from "../../domain/dynamodb/db.ts";
import { parseEnvironment } from "../../domain/environment.ts";
import { openLog } from "../../domain/log.ts";
import { tableNames } from "../../domain/tables.ts";
import { authorize } from "./authorize.ts";
import { AuthorizerEnvironment, tablesOfAuthorizer } from "./environment.ts";

const environment = parseEnvironment(AuthorizerEnvironment, process.env);
const log = openLog({ name: "authorizer" });
const db = openDb(tableNames(tablesOfAuthorizer, environment), { requestTimeoutMs: 2_000 });

export const handler = (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> =>
  authorize(event, { db, now: systemNow, log });
