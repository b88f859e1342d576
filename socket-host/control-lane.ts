import { eraseChats, knownChats } from "../domain/chat/known-chats.ts";
import type { Db } from "../domain/dynamodb/db.ts";
import type { Log } from "../domain/log.ts";
import { eraseMessages } from "../domain/message/erase.ts";
import type { OutboxRow } from "../domain/outbox/outbox.ts";
import { deleteOutboxRow, outboxHead, removeOutboxRow } from "../domain/outbox/store.ts";
import { PasskeyInvalid } from "../domain/session/passkey-assertion.ts";
import { nothingToLinkBy, type Session } from "../domain/session/session.ts";
import type { Hold } from "./hold.ts";
import type { MediaFiles } from "./media-files.ts";
import type { SessionLedger } from "./session-ledger.ts";
import { SocketClosed } from "./whatsapp-port.ts";

export interface ControlOptions {
  readonly db: Db<"sessions" | "messages" | "chats" | "outbox">;
  readonly hold: Hold;
  readonly ledger: SessionLedger;
  readonly actions: ControlActions;
  readonly files: Pick<MediaFiles, "remove">;
  readonly log: Log;
}

/** What the control lane does to the connection. */
export interface ControlActions {
  /** A new connection with the same keys, or with a fresh QR where there are none. */
  restart(): void;
  /** Goes on with a link by passkey. Answers false where none is under way here. */
  passkey(row: PasskeyRow): Promise<boolean>;
  /** Tells WhatsApp that the device is gone, if it can be reached. */
  logOut(session: Session): Promise<boolean>;
  /** Closes the connection for good. */
  leave(): Promise<void>;
  eraseKeys(): Promise<void>;
  failQueued(): Promise<void>;
}

type PasskeyRow = Extract<OutboxRow, { type: "session.passkey" | "session.passkey_confirm" }>;
type Unlink = Extract<OutboxRow, { type: "session.unlink" }>;
const rowsPerLook = 10;

/** Does what customers asked of the session itself, in the order they asked, connected or not. */
export async function serveControlLane(options: ControlOptions): Promise<void> {
  const { db, ledger, hold } = options;
  for (const row of await outboxHead(db, ledger.ref, "control", rowsPerLook)) {
    hold.check();
    switch (row.type) {
      case "session.restart":
        await restart(options, row);
        break;
      case "session.passkey":
      case "session.passkey_confirm":
        await goOnWithPasskey(options, row);
        break;
      case "session.unlink":
        await unlink(options, row);
        break;
      case "message.send":
      case "message.change":
      case "media.fetch":
        throw new Error("a message was put into the control lane");
      default:
        row satisfies never;
    }
  }
}

async function restart({ db, ledger, actions, log }: ControlOptions, row: OutboxRow): Promise<void> {
  const session = await ledger.session();
  if (session === undefined || session.status === "stopped") return removeOutboxRow(db, row);
  const status = session.linked ? "connecting" : "starting";
  const fields = { ...nothingToLinkBy, restricted: null };
  const written = await ledger.changeStatus({ status, fields, rows: [deleteOutboxRow(db, row)] });
  if (written === undefined) return;
  log.info("command served", { command: row.type, status });
  actions.restart();
}

/**
 * A step that the customer asked for. It is taken once: whatever becomes of it, the session says how the link fares, and a
 * step that comes again would answer another challenge.
 */
async function goOnWithPasskey({ db, actions, log }: ControlOptions, row: PasskeyRow): Promise<void> {
  await removeOutboxRow(db, row);
  try {
    const served = await actions.passkey(row);
    log.info("command served", { command: row.type, served });
  } catch (error) {
    if (!(error instanceof PasskeyInvalid) && !(error instanceof SocketClosed)) throw error;
    log.warn("passkey step not taken", { command: row.type, error });
  }
}

/**
 * The end of a session. Each part can be done again, and the row goes with the session itself in the last transaction:
 * a crash on the way begins again from the start.
 */
async function unlink(options: ControlOptions, row: Unlink): Promise<void> {
  const { db, ledger, actions, log } = options;
  const session = await ledger.session();
  const told = session?.linked === true ? await actions.logOut(session) : false;
  await actions.leave();
  await actions.eraseKeys();
  await actions.failQueued();
  if (row.erase) await eraseHistory(options);
  if (session === undefined) return removeOutboxRow(db, row);
  const ended = await ledger.deleteWith(session, [deleteOutboxRow(db, row)]);
  if (!ended) await removeOutboxRow(db, row);
  log.info("command served", { command: row.type, told, erased: row.erase });
}

async function eraseHistory({ db, ledger, hold, files }: ControlOptions): Promise<void> {
  const { ref } = ledger;
  for await (const chatKey of knownChats(db, ref)) {
    hold.check();
    await eraseMessages(db, keys => files.remove(keys), { tenantId: ref.tenantId, sessionId: ref.id, chatKey });
  }
  await eraseChats(db, ref);
}
