import type { Db } from "../domain/dynamodb/db.ts";
import type { DataKeys } from "../domain/secret/envelope.ts";
import type { SessionRef } from "../domain/session/session.ts";
import { eraseSessionKeys, openSessionKeys, type SessionKeys } from "./keys/session-keys.ts";

/** Opens and erases the keys of sessions. */
export interface SessionKeyring {
  open(session: SessionRef, epoch: number): Promise<SessionKeys>;
  erase(session: SessionRef): Promise<void>;
}

export function sessionKeyring(db: Db<"keys">, dataKeys: DataKeys): SessionKeyring {
  const nameOf = ({ tenantId, id }: SessionRef) => ({ tenantId, id });
  return {
    open: (session, epoch) => openSessionKeys({ db, dataKeys, session: nameOf(session), epoch }),
    erase: session => eraseSessionKeys(db, nameOf(session)),
  };
}
