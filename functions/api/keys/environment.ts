import * as z from "zod";
import { encryptionEnvironment } from "../../../domain/environment.ts";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfKeys = ["rate_windows", "idempotency", "accounts"] as const;

export const KeysEnvironment = z.object({
  ...tableEnvironment(tablesOfKeys),
  ...encryptionEnvironment,
});
export type KeysEnvironment = z.input<typeof KeysEnvironment>;
