import type { Now } from "../domain/clock.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { Log } from "../domain/log.ts";
import type { SessionProxy } from "../domain/session/proxy.ts";
import type { SealedPasskeys } from "../domain/session/sealed-passkey.ts";
import type { Session } from "../domain/session/session.ts";
import type { tablesOfSocketHost } from "./environment.ts";
import type { EventOutlet } from "./event-outlet.ts";
import type { SessionKeyring } from "./key-ring.ts";
import type { MediaFiles } from "./media-files.ts";
import type { Slots } from "./slots.ts";
import type { WhatsAppEngine } from "./whatsapp-port.ts";
import type { VersionSource } from "./whatsapp-version.ts";

/** What all sessions of a host share. */
export interface HostParts {
  readonly db: Db<(typeof tablesOfSocketHost)[number]>;
  readonly outlet: EventOutlet;
  readonly engine: WhatsAppEngine;
  readonly keyring: SessionKeyring;
  readonly files: MediaFiles;
  readonly logins: Slots;
  /** Of files being fetched. */
  readonly fetches: Slots;
  readonly version: VersionSource;
  /** Throws where a session's proxy cannot be told: then it must not connect, least of all directly. */
  readonly proxyOf: (session: Session) => Promise<SessionProxy | null>;
  readonly passkeys: SealedPasskeys;
  readonly now: Now;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly log: Log;
}
