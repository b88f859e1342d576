import { isoTime, type Now } from "../domain/clock.ts";
import type { Jid } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import { pairingCodeErrorOf } from "../domain/session/pairing-code-error.ts";
import type { SealedPasskeys } from "../domain/session/sealed-passkey.ts";
import { nothingToLinkBy, type Session } from "../domain/session/session.ts";
import type { ConnectionEffect, ConnectionEvent } from "./connection-events.ts";
import { type ConnectionState, firstState, openWithinMs, step } from "./connection-state.ts";
import { banEndMs, banned, connectedWords, endWords, type Self, wideFields, wordsBetween } from "./connection-words.ts";
import { type Hold, LeaseLost } from "./hold.ts";
import type { SessionKeyring } from "./key-ring.ts";
import type { LiveSocket } from "./live-socket.ts";
import { passkeyShownBy, passkeyWords } from "./passkey-words.ts";
import { persist } from "./persist.ts";
import type { SessionLedger, StatusWords } from "./session-ledger.ts";
import type { Slots } from "./slots.ts";
import { type OpenSocket, openSocket, type SocketEvents } from "./socket-slot.ts";
import type {
  ConnectionSettings,
  Disconnect,
  GroupNotice,
  MessageReceipt,
  PasskeyStep,
  SeenCall,
  WhatsAppEngine,
  WhatsAppSocket,
} from "./whatsapp-port.ts";
import type { VersionSource } from "./whatsapp-version.ts";

export interface ConnectionOptions {
  readonly ledger: SessionLedger;
  readonly hold: Hold;
  readonly engine: WhatsAppEngine;
  readonly keyring: SessionKeyring;
  readonly logins: Slots;
  readonly version: VersionSource;
  readonly settings: () => Promise<ConnectionSettings>;
  /** Whether the lease is still this host's, read from the table now. */
  readonly confirmLease: () => Promise<boolean>;
  readonly passkeys: SealedPasskeys;
  readonly payloadOf: (waMessageId: string) => Promise<Uint8Array | undefined>;
  readonly listener: ConnectionListener;
  readonly now: Now;
  readonly monotonic: () => number;
  readonly random: () => number;
  readonly log: Log;
}

/** What the rest of a held session is told. */
export interface ConnectionListener {
  /** A socket is there: its journal can be read, logged in or not. */
  socket(live: LiveSocket): void;
  /** It is logged in: messages can leave. */
  connected(live: LiveSocket): void;
  /** Messages that still wait must fail: the session was logged out or banned. */
  failQueued(): Promise<void>;
  /** It rests, has ended or is gone: nothing is going on any more. */
  quiet(): void;
  acked(waMessageId: string, errorCode: string | null): void;
  receipt(receipt: MessageReceipt, gone: AbortSignal): Promise<void>;
  call(call: SeenCall, gone: AbortSignal): Promise<void>;
  group(notice: GroupNotice, gone: AbortSignal): Promise<void>;
  /** All groups are to be asked for, once it is logged in. */
  groupsStale(live: LiveSocket): void;
  timeLock(untilMs: number | null): void;
  names(lid: Jid, pn: Jid): void;
  alive(): void;
}

/**
 * One session's connection under one hold: carries out what the state machine of connection-state.ts answers. Events
 * are taken one after the other; callbacks of a socket that is not the current one any more are not heard.
 */
export class Connection {
  readonly #options: ConnectionOptions;
  #state: ConnectionState;
  #events: Promise<void> = Promise.resolve();
  /** Of the events, those that are not carried out yet. */
  #untaken = 0;
  #timer: NodeJS.Timeout | undefined;
  #socket: OpenSocket | undefined;
  #self: Self | undefined;
  #lastAliveAtMs: number;
  /** Whether the session says that it is banned for a time. */
  #saidBanned: boolean;

  constructor(options: ConnectionOptions, session: Session) {
    this.#options = options;
    const { linked } = session;
    const bannedUntilMs = banEndMs(session, options);
    this.#state = firstState({ linked, proven: linked && session.connectedAt !== null, bannedUntilMs });
    this.#saidBanned = session.restricted?.reason === banned;
    this.#lastAliveAtMs = options.monotonic();
  }

  get phase(): ConnectionState["phase"] {
    return this.#state.phase;
  }

  /** The socket while it is logged in. */
  get live(): LiveSocket | undefined {
    return this.#state.phase === "connected" ? this.#socket?.live : undefined;
  }

  /** Whether it has a socket, or wants one. */
  get wantsRoom(): boolean {
    return !["resting", "ended", "gone"].includes(this.#state.phase);
  }

  /** Whether it has ended, or not begun, and whatever it had to write of that is written. */
  get isQuiet(): boolean {
    return this.#untaken === 0 && !this.wantsRoom;
  }

  start(): void {
    this.#handle({ type: "start" });
  }

  restart(): void {
    this.#handle({ type: "restart" });
  }

  /** Resolves when all that happened so far is carried out and written. */
  async settled(): Promise<void> {
    await this.#events;
  }

  /** Does something to the socket there is, while it is being linked; false where there is none. */
  async passkey(work: (socket: WhatsAppSocket) => Promise<void>): Promise<boolean> {
    await this.#events;
    const live = this.#state.phase === "pairing" ? this.#socket?.live : undefined;
    if (live === undefined) return false;
    await work(live.socket);
    return true;
  }

  /** Closes for good, in order: resolves when the socket is closed and nothing more is written. */
  async leave(): Promise<void> {
    this.#handle({ type: "leave" });
    // A socket that is being opened, or a write that is being tried again, must not hold this up.
    this.#socket?.abandon();
    await this.#events;
  }

  #handle(event: ConnectionEvent): void {
    this.#untaken++;
    this.#events = this.#events.then(async () => {
      try {
        await this.#take(event);
      } catch (error) {
        await this.#failed(event, error);
      }
      this.#untaken--;
      if (this.isQuiet) this.#options.listener.quiet();
    });
  }

  async #take(event: ConnectionEvent): Promise<void> {
    const { monotonic, random, log, listener } = this.#options;
    const before = this.#state;
    const { state, effects } = step(before, event, { nowMs: monotonic(), random });
    this.#state = state;
    if (event.type === "closed") this.#forgetSocket();
    if (event.type === "closed" && event.cause.kind === "client_outdated") void this.#options.version.refused();
    if (before.phase !== state.phase)
      log.info("connection changed", { from: before.phase, to: state.phase, ...wideFields(event, state) });
    for (const effect of effects) await this.#carryOut(effect);
    if (event.type === "opened" && this.live !== undefined) listener.connected(this.live);
  }

  async #failed(event: ConnectionEvent, error: unknown): Promise<void> {
    const { hold, log } = this.#options;
    if (!(error instanceof LeaseLost || hold.signal.aborted)) {
      log.error("connection could not carry out an event", { event: event.type, error });
    }
    // Whatever it was, a state half carried out must not live on: the lease is lost, or the host starts this one anew.
    this.#state = { ...this.#state, phase: "gone" };
    clearTimeout(this.#timer);
    await this.#closeSocket();
  }

  async #carryOut(effect: ConnectionEffect): Promise<void> {
    switch (effect.do) {
      case "open":
        this.#socket = this.#openSocket(effect.urgent);
        return;
      case "close":
        return this.#closeSocket();
      case "arm":
        return this.#arm(effect.ms);
      case "disarm":
        return clearTimeout(this.#timer);
      case "check_lease":
        return this.#checkLease(effect.cause);
      case "show_qr":
        return this.#showQr(effect.code, effect.expiresAtMs);
      case "show_pairing_code":
        return this.#showPairingCode(effect.code, null);
      case "tell_code_refused":
        return this.#showPairingCode(null, pairingCodeErrorOf(effect.statusCode));
      case "note_paired":
        return this.#write({ fields: { linked: true, ...nothingToLinkBy } });
      case "tell":
        return this.#write(this.#wordsOf(effect));
      case "end":
        return this.#write(endWords(effect, this.#options.now()));
      case "show_passkey":
        return this.#showPasskey(effect.passkey);
      case "erase_keys":
        return this.#persist("erase keys", () => this.#options.keyring.erase(this.#options.ledger.ref));
      case "fail_queued":
        return this.#options.listener.failQueued();
      default:
        return effect satisfies never;
    }
  }

  #openSocket(urgent: boolean): OpenSocket {
    const { engine, keyring, logins, version, settings, payloadOf, hold, ledger, log, listener } = this.#options;
    const events: SocketEvents = {
      turn: () => this.#arm(openWithinMs),
      event: event => this.#handle(event),
      ready: live => listener.socket(live),
      opened: self => {
        this.#self = self;
        this.#handle({ type: "opened" });
      },
      acked: (waMessageId, errorCode) => listener.acked(waMessageId, errorCode),
      receipt: (receipt, gone) => listener.receipt(receipt, gone),
      call: (call, gone) => listener.call(call, gone),
      group: (notice, gone) => listener.group(notice, gone),
      groupsStale: () => this.#socket?.live !== undefined && listener.groupsStale(this.#socket.live),
      timeLock: untilMs => listener.timeLock(untilMs),
      names: (lid, pn) => listener.names(lid, pn),
      alive: () => {
        this.#lastAliveAtMs = this.#options.monotonic();
        listener.alive();
      },
    };
    this.#lastAliveAtMs = this.#options.monotonic();
    const { ref } = ledger;
    return openSocket({ engine, keyring, logins, version, settings, payloadOf, hold, ref, log, urgent }, events);
  }

  async #closeSocket(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    await socket?.close();
  }

  #forgetSocket(): void {
    this.#socket?.abandon();
    this.#socket = undefined;
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#handle({ type: "timer", lastAliveAtMs: this.#lastAliveAtMs }), ms);
  }

  /** 440, or a refused key write: before anything else, ask whether the session is still this host's. */
  async #checkLease(cause: Disconnect): Promise<void> {
    const ours = await this.#persist("lease check", () => this.#options.confirmLease());
    this.#handle({ type: "lease", ours, cause });
  }

  async #showQr(code: string, expiresAtMs: number): Promise<void> {
    const qr = { code, expiresAt: isoTime(expiresAtMs) };
    await this.#write({ status: "qr", fields: { qr, linked: false }, also: ["session.qr"] });
  }

  #showPairingCode(pairingCode: string | null, pairingCodeError: Session["pairingCodeError"]): Promise<void> {
    const fields = { pairingCode, pairingCodeError };
    return this.#write({ status: "qr", fields, also: ["session.pairing_code"] });
  }

  /** Challenge and code are sealed first: they are stored, and read by the API, in no other way. */
  async #showPasskey(step: PasskeyStep): Promise<void> {
    const { passkeys, ledger } = this.#options;
    const shown = passkeyShownBy(step);
    const sealed = shown && (await this.#persist("passkey seal", () => passkeys.sealShown(ledger.ref, shown)));
    const failure = step.state === "challenge" ? step.failure : null;
    const passkey = { state: step.state, sealed, failure, expiresAt: isoTime(step.expiresAtMs) };
    await this.#write({ ...passkeyWords(step), fields: { ...nothingToLinkBy, passkey } });
  }

  #wordsOf(effect: Extract<ConnectionEffect, { do: "tell" }>): StatusWords {
    const nowMs = this.#options.now();
    if (effect.status !== "connected" || this.#self === undefined) {
      this.#saidBanned ||= effect.cause?.kind === banned;
      return wordsBetween(effect, nowMs);
    }
    const endsBan = this.#saidBanned;
    this.#saidBanned = false;
    return connectedWords(this.#self, { nowMs, endsBan });
  }

  /** Writes a status until it is written. Refused, another host or the customer has had the last word: this one ends. */
  async #write(words: StatusWords): Promise<void> {
    const written = await this.#persist("session status", () => this.#options.ledger.changeStatus(words));
    if (written === undefined) this.#handle({ type: "leave" });
  }

  #persist<T>(what: string, work: () => Promise<T>): Promise<T> {
    const { hold, log, random } = this.#options;
    return persist(what, work, { signal: hold.signal, log, random });
  }
}
