import * as z from "zod";
import { tableEnvironment } from "../../domain/tables.ts";

export const tablesOfAuthorizer = ["accounts"] as const;

export const AuthorizerEnvironment = z.object({ ...tableEnvironment(tablesOfAuthorizer) });
export type AuthorizerEnvironment = z.input<typeof AuthorizerEnvironment>;
