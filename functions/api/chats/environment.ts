import * as z from "zod";
import { tableEnvironment } from "../../../domain/tables.ts";

export const tablesOfChats = ["rate_windows", "sessions", "chats", "messages"] as const;

export const ChatsEnvironment = z.object({
  ...tableEnvironment(tablesOfChats),
});
export type ChatsEnvironment = z.input<typeof ChatsEnvironment>;
