import * as z from "zod";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfRoot = ["rate_windows"] as const;

export const RootEnvironment = z.object({
  ...tableEnvironment(tablesOfRoot),
});
export type RootEnvironment = z.input<typeof RootEnvironment>;
