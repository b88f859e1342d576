import type { Log } from "../domain/log.ts";
import { changePayload } from "../domain/message/change-store.ts";
import { findOutbound } from "../domain/message/store.ts";
import type { PasskeyCredential } from "../domain/session/passkey-assertion.ts";
import { type Session, type SessionRef, wantsConnection } from "../domain/session/session.ts";
import { Acks } from "./acks.ts";
import { takeCall } from "./calls.ts";
import { Connection, type ConnectionListener } from "./connection.ts";
import { ContactNames } from "./contact-names.ts";
import { type ControlActions, serveControlLane } from "./control-lane.ts";
import { Groups } from "./groups.ts";
import type { Releasable } from "./hand-over.ts";
import { type HistoryOptions, takeHistory } from "./history.ts";
import { type Hold, LeaseLost } from "./hold.ts";
import type { HostParts } from "./host-parts.ts";
import { Inbox, isStopped } from "./inbox.ts";
import { LastInbound } from "./last-inbound.ts";
import { logOutOnce } from "./log-out.ts";
import { pause } from "./loop.ts";
import { MediaFetches } from "./media-fetches.ts";
import { losesItsQueue, OutboxDrain, settleWithoutSocket } from "./outbox-drain.ts";
import { waitingWork } from "./outbox-picks.ts";
import { Receipts } from "./receipts.ts";
import { RecentUploads } from "./recent-uploads.ts";
import { Recipients } from "./recipients.ts";
import { Restriction } from "./restriction.ts";
import type { Sending } from "./send-message.ts";
import { SessionLedger } from "./session-ledger.ts";
import { Tries } from "./tries.ts";
import type { ConnectionSettings, SeenCall, WhatsAppSocket } from "./whatsapp-port.ts";

/** What a held session asks of its host. */
export interface SessionHost {
  confirmLease(hold: Hold): Promise<boolean>;
  /** Whether one more connection fits. */
  admits(session: HeldSession): boolean;
  /** Nothing is going on in it any more. */
  ended(session: HeldSession): void;
}

const logOutWithinMs = 15_000;
/** How long messages in flight are waited for when a session is handed over. */
const inFlightGraceMs = 2_000;

/** One session of a shard that this host holds: its connection, its outbox, its inbox, and the commands about it. */
export class HeldSession implements Releasable {
  readonly ref: SessionRef;
  readonly hold: Hold;
  readonly #parts: HostParts;
  readonly #host: SessionHost;
  readonly #ledger: SessionLedger;
  readonly #names: ContactNames;
  readonly #inbox: Inbox;
  readonly #recipients: Recipients;
  readonly #acks = new Acks();
  readonly #drain: OutboxDrain;
  readonly #restriction: Restriction;
  readonly #fetches: MediaFetches;
  readonly #receipts: Receipts;
  readonly #groups: Groups;
  readonly #lastInbound: LastInbound;
  readonly #sending: Sending;
  readonly #history: HistoryOptions;
  readonly #log: Log;
  #connection: Connection | undefined;
  #rung = false;
  #working: Promise<void> | undefined;
  #released = false;
  #consuming: Promise<void> = Promise.resolve();

  constructor(parts: HostParts, host: SessionHost, ref: SessionRef, hold: Hold) {
    this.ref = ref;
    this.hold = hold;
    this.#parts = parts;
    this.#host = host;
    const { db, outlet, now, random } = parts;
    const log = parts.log.child({ sessionId: ref.id, tenantId: ref.tenantId, shard: ref.shard, epoch: hold.epoch });
    this.#log = log;
    this.#ledger = new SessionLedger({ db, outlet, ref, hold, now });
    const shared = { db, hold, ledger: this.#ledger, now, random, log };
    this.#fetches = new MediaFetches({
      ...shared,
      files: parts.files,
      slots: parts.fetches,
      idle: () => this.#endIfIdle(),
    });
    this.#names = new ContactNames({ ...shared, ref, outlet });
    this.#inbox = new Inbox({
      ...shared,
      onFile: () => this.#fetches.ring(),
      onName: told => this.#names.hear(told),
    });
    this.#recipients = new Recipients({ db, ref, hold, now });
    this.#restriction = new Restriction({ ...shared, lifted: () => this.#lifted() });
    this.#sending = {
      ...shared,
      files: parts.files,
      uploads: new RecentUploads(now),
      tries: new Tries(),
      acks: this.#acks,
      noteChat: chatKey => this.#inbox.noteChat(chatKey),
      resolve: (to, socket) => this.#recipients.resolve(to, socket),
      restriction: this.#restriction,
    };
    const chatOf: HistoryOptions["chatOf"] = (session, names) => this.#inbox.chatOf(session, names);
    this.#history = { ...shared, chatOf, noteChat: chatKey => this.#inbox.noteChat(chatKey) };
    this.#drain = new OutboxDrain(this.#sending);
    this.#groups = new Groups(shared);
    this.#lastInbound = new LastInbound({ db, ref, now, monotonic: parts.monotonic, log });
    this.#receipts = new Receipts({
      ...shared,
      acked: waMessageId => void this.#acks.acked(waMessageId, null),
    });
  }

  /** `connected`, `waiting` and so on; `resting` where it has no connection. */
  get phase(): Connection["phase"] {
    return this.#connection?.phase ?? "resting";
  }

  get wantsRoom(): boolean {
    return this.#connection?.wantsRoom ?? false;
  }

  /** There may be work: commands, messages, a connection to open. Never fails; what cannot be done now is found again. */
  ring(): void {
    this.#rung = true;
    this.#ledger.forget();
    if (this.#released || this.#working !== undefined) return;
    this.#working = this.#work().finally(() => {
      this.#working = undefined;
      this.#endIfIdle();
    });
  }

  /** Closes everything in order; afterwards nothing is written for this session under this hold. */
  async release(): Promise<void> {
    this.#released = true;
    this.#restriction.stop();
    const stopped = Promise.all([this.#drain.stop(), this.#fetches.stop()]);
    await Promise.race([stopped, pause(inFlightGraceMs, [this.hold.signal])]);
    await this.#connection?.leave();
    await Promise.all([stopped, this.#working, this.#consuming, this.#receipts.settled(), this.#groups.settled()]);
    await this.#names.stop(inFlightGraceMs);
    await this.#ledger.settled();
  }

  async #work(): Promise<void> {
    while (this.#rung && !this.#released) {
      this.#rung = false;
      try {
        this.hold.check();
        await this.#serve();
      } catch (error) {
        if (error instanceof LeaseLost) return;
        this.#log.warn("session work failed, it will be tried again", { error });
      }
    }
  }

  async #serve(): Promise<void> {
    const { db, files } = this.#parts;
    const work = await waitingWork(db, this.ref);
    if (work.control) {
      const options = { db, files, hold: this.hold, ledger: this.#ledger, actions: this.#actions(), log: this.#log };
      await serveControlLane(options);
    }
    if (this.#connection?.live === undefined) {
      // One that ends just now has yet to write so: read before that, the session would seem to want another.
      const isFree = !this.wantsRoom;
      if (isFree) await this.#connection?.settled();
      const session = await this.#ledger.session();
      if (isFree && session !== undefined && wantsConnection(session)) this.#connect(session);
      if (this.#connection?.live === undefined) return this.#settleWithoutSocket(session);
    }
    if (work.messages) this.#drain.ring();
    if (work.media) this.#fetches.ring();
  }

  /** What was held back for a restriction may go, whenever it was to be tried again. */
  #lifted(): void {
    this.#sending.tries.beginAnew();
    this.ring();
  }

  #connect(session: Session): void {
    if (this.wantsRoom || this.#released) return;
    this.#restriction.see(session);
    if (!this.#host.admits(this)) {
      this.#log.warn("session waits, this host is full");
      return;
    }
    this.#connection = new Connection(this.#connectionOptions(), session);
    this.#connection.start();
  }

  #connectionOptions() {
    const { engine, keyring, logins, version, passkeys, now, monotonic, random } = this.#parts;
    return {
      ...{ engine, keyring, logins, version, passkeys, now, monotonic, random },
      settings: () => this.#settings(),
      ledger: this.#ledger,
      hold: this.hold,
      confirmLease: () => this.#host.confirmLease(this.hold),
      payloadOf: (waMessageId: string) => this.#payloadOf(waMessageId),
      listener: this.#listener(),
      log: this.#log,
    };
  }

  #listener(): ConnectionListener {
    return {
      socket: ({ socket, gone }) => {
        this.#consuming = this.#consuming.then(() => this.#consume(socket, gone));
      },
      connected: live => {
        this.#drain.use(live);
        void this.#groups.see(live);
        this.#fetches.use(live);
        this.ring();
      },
      failQueued: () => this.#failQueued(),
      quiet: () => this.#endIfIdle(),
      acked: (waMessageId, errorCode) => {
        this.#acks.acked(waMessageId, errorCode);
        this.#lastInbound.traffic();
      },
      receipt: (receipt, gone) => {
        this.#lastInbound.traffic();
        return this.#receipts.take(receipt, gone);
      },
      call: (call, gone) => this.#called(call, gone),
      group: (notice, gone) => this.#groups.take(notice, gone),
      groupsStale: live => void this.#groups.see(live, true),
      timeLock: untilMs => void this.#restriction.hear(untilMs),
      names: (lid, pn) => this.#inbox.link(lid, pn, this.hold.signal),
      alive: () => this.#lastInbound.life(),
    };
  }

  async #called(call: SeenCall, gone: AbortSignal): Promise<void> {
    await takeCall(this.#sending, call, gone);
    const { from: person, pushName: name, atMs, callId, status } = call;
    if (name !== null) this.#names.hear({ person, name, atMs, cause: [person, callId, status] });
  }

  #actions(): ControlActions {
    const { keyring } = this.#parts;
    return {
      restart: () => {
        this.#restriction.forget();
        if (this.wantsRoom) this.#connection?.restart();
      },
      passkey: async row => {
        const credential = row.type === "session.passkey" ? await this.#openCredential(row.credential) : undefined;
        const served = await this.#connection?.passkey(socket =>
          credential === undefined ? socket.confirmPasskey() : socket.answerPasskey(credential),
        );
        return served === true;
      },
      logOut: session => this.#logOut(session),
      leave: async () => {
        await this.#connection?.leave();
      },
      eraseKeys: () => keyring.erase(this.ref),
      failQueued: () => this.#failQueued(),
    };
  }

  #openCredential(sealed: Uint8Array): Promise<PasskeyCredential> {
    return this.#parts.passkeys.openCredential(this.ref, sealed);
  }

  async #logOut(session: Session): Promise<boolean> {
    const live = this.#connection?.live;
    if (live !== undefined) {
      await live.socket.logout();
      return true;
    }
    if (session.lastDisconnect?.reason === "logged_out") return false;
    await this.#connection?.leave();
    const { engine, keyring, logins, version } = this.#parts;
    const payloadOf = (waMessageId: string) => this.#payloadOf(waMessageId);
    const settings = () => this.#settings();
    const own = { settings, payloadOf, hold: this.hold, ref: this.ref, log: this.#log };
    return logOutOnce({ engine, keyring, logins, version, ...own, urgent: true }, logOutWithinMs);
  }

  async #settings(): Promise<ConnectionSettings> {
    const session = await this.#ledger.session();
    const proxy = session === undefined ? null : await this.#parts.proxyOf(session);
    return { pairingNumber: session?.pairingNumber ?? null, proxy };
  }

  async #failQueued(): Promise<void> {
    await this.#settleWithoutSocket(await this.#ledger.session());
  }

  async #settleWithoutSocket(session: Session | undefined): Promise<void> {
    await settleWithoutSocket(this.#sending, session);
    if (session === undefined || losesItsQueue(session)) await this.#fetches.giveUp();
    else this.#fetches.ring();
  }

  async #payloadOf(waMessageId: string): Promise<Uint8Array | undefined> {
    const { db } = this.#parts;
    return (await findOutbound(db, this.ref, waMessageId))?.payload ?? changePayload(db, this.ref, waMessageId);
  }

  /** What comes in and what the phone tells of its past, side by side: the past takes long. */
  async #consume(socket: WhatsAppSocket, gone: AbortSignal): Promise<void> {
    const stopped = (what: string) => (error: unknown) => {
      if (!isStopped(error, gone)) this.#stopped(what, error);
    };
    await Promise.all([
      this.#inbox.consume(socket, gone).catch(stopped("inbound messages")),
      takeHistory(this.#history, socket, gone).catch(stopped("history")),
    ]);
  }

  #stopped(what: string, error: unknown): void {
    if (!isStopped(error, this.hold.signal)) this.#log.error("session stopped consuming", { what, error });
  }

  #endIfIdle(): void {
    if (this.#released || this.#working !== undefined) return;
    if (this.#rung) this.ring();
    else if ((this.#connection?.isQuiet ?? true) && this.#fetches.isIdle) {
      this.#restriction.stop();
      this.#host.ended(this);
    }
  }
}
