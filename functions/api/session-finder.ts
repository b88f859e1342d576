import type { Db } from "../../domain/dynamodb/db.ts";
import { idOf } from "../../domain/id.ts";
import type { Session } from "../../domain/session/session.ts";
import { findSession } from "../../domain/session/store.ts";
import { type Finder, finder } from "./finder.ts";

/** Finds a tenant's session by its id. */
export function sessionFinder(db: Db<"sessions">): Finder<Session> {
  return finder((tenantId, [id = ""]) => sessionNamed(db, tenantId, id));
}

/** The session behind what a client wrote as its id; undefined for anything else, another kind of id included. */
export async function sessionNamed(db: Db<"sessions">, tenantId: string, id: string): Promise<Session | undefined> {
  return idOf("ses").safeParse(id).success ? findSession(db, tenantId, id) : undefined;
}
