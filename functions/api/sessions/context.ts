import type { Db } from "../../../domain/dynamodb/db.ts";
import type { SealedPasskeys } from "../../../domain/session/sealed-passkey.ts";
import type { Session } from "../../../domain/session/session.ts";
import type { Announcer } from "../announcer.ts";
import type { Finder } from "../finder.ts";
import type { Proxies } from "./proxies.ts";

/** What the endpoints of sessions work with. */
export interface SessionsContext {
  readonly db: Db<"sessions" | "outbox" | "events">;
  readonly sessions: Finder<Session>;
  readonly announcer: Announcer;
  readonly proxies: Proxies;
  readonly passkeys: SealedPasskeys;
  readonly shardCount: number;
}
