import { listChats as readChats } from "../../../domain/chat/listing.ts";
import type { Db } from "../../../domain/dynamodb/db.ts";
import type { Session } from "../../../domain/session/session.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { Finder } from "../finder.ts";
import { chatRoutes } from "./routes.ts";

export const listChats = (db: Db<"chats" | "messages">, sessions: Finder<Session>) =>
  endpoint(chatRoutes.listChats, async call =>
    ok(await readChats(db, sessions.of(call), { ...call.query, cursors: call.cursors, nowMs: call.nowMs })),
  );
