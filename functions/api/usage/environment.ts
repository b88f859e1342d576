import * as z from "zod";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfUsage = ["rate_windows", "sessions", "usage"] as const;

export const UsageEnvironment = z.object({
  ...tableEnvironment(tablesOfUsage),
});
export type UsageEnvironment = z.input<typeof UsageEnvironment>;
