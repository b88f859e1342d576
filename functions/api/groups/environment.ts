import * as z from "zod";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfGroups = ["rate_windows", "sessions", "chats"] as const;

export const GroupsEnvironment = z.object({
  ...tableEnvironment(tablesOfGroups),
});
export type GroupsEnvironment = z.input<typeof GroupsEnvironment>;
