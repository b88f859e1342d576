import type { Readable } from "node:stream";
import { type BaileysEventMap, type BinaryNode, jidNormalizedUser } from "@whiskeysockets/baileys";
import type { GroupSnapshot } from "../../domain/group/group.ts";
import { Jid } from "../../domain/jid.ts";
import type { WhatsAppFile } from "../../domain/media/whatsapp-file.ts";
import type { PasskeyCredential } from "../../domain/session/passkey-assertion.ts";
import type { InboundJournal } from "../keys/inbound-journal.ts";
import type { InboundContent, SealedContent } from "../keys/journal-entry.ts";
import { OwnershipLost } from "../keys/key-store-error.ts";
import {
  type Disconnect,
  type FileRequest,
  type HistoryChunk,
  type OutgoingChange,
  type OutgoingFile,
  type OutgoingPayload,
  type OutgoingText,
  type ReadMessage,
  type SealedAbout,
  SocketClosed,
  type WhatsAppSocket,
} from "../whatsapp-port.ts";
import { Addresses } from "./addresses.ts";
import { ArrivingStanzas, type StanzaParts } from "./arriving-stanzas.ts";
import { learnFromDeviceAnswer } from "./device-answers.ts";
import { disconnectOf } from "./disconnects.ts";
import { snapshotOf } from "./group-stanza.ts";
import { historyItems } from "./history-chunk.ts";
import { selfOf } from "./inbound-stanza.ts";
import { Linking } from "./linking/linking.ts";
import { mediaPayload, recaptioned } from "./media-content.ts";
import { downloadMedia, type MediaPlace } from "./media-download.ts";
import type { MediaHost } from "./media-host.ts";
import { askForFile } from "./media-retry.ts";
import { Outgoing } from "./outgoing.ts";
import { encodedText } from "./outgoing-text.ts";
import { Recipients } from "./recipients.ts";
import { openSealed, secretInPayload } from "./sealed-content.ts";
import { watchStanzas } from "./stanza-watch.ts";
import { lockedUntilMs } from "./time-lock.ts";
import { closeWithin, holdBackFrames, type RawSocket } from "./wire.ts";
import { within } from "./within.ts";

export interface SocketParts extends StanzaParts {
  readonly raw: RawSocket;
  readonly media: MediaHost;
  /** How long each QR is shown, in milliseconds; as long as WhatsApp Web shows it where undefined. */
  readonly qrLifetimeMs: number | undefined;
  /** The browser that the registration names, as Baileys takes it. */
  readonly browser: [string, string, string];
}

const closeLimitMs = 1_000;
const releaseLimitMs = 3_000;
const logoutLimitMs = 5_000;

/**
 * One connection of one session.
 *
 *     connecting ─▶ qr ─▶ paired ─▶ ended (restart_required)
 *         └────────────▶ opened ─▶ ended
 *
 * Ended is final and told once, after the session's keys were let go of, so that whoever opens them next meets no
 * write of this one.
 */
export class BaileysSocket implements WhatsAppSocket {
  readonly journal: InboundJournal;
  readonly #parts: SocketParts;
  readonly #wire: { shut(): void };
  readonly #recipients: Recipients;
  readonly #addresses: Addresses;
  readonly #outgoing: Outgoing;
  readonly #stanzas: ArrivingStanzas;
  readonly #linking: Linking;
  #ended: Promise<void> | undefined;
  #leaving = false;

  constructor(parts: SocketParts) {
    const { sock, raw, options } = parts;
    this.#parts = parts;
    this.journal = options.keys.journal;
    const recipients = new Recipients(sock, parts.groups);
    this.#recipients = recipients;
    this.#addresses = new Addresses(parts.facts, person => recipients.known(person));
    this.#outgoing = new Outgoing({ ...parts, recipients, addresses: this.#addresses });
    this.#wire = holdBackFrames(raw, () => options.keys.records.durable());
    Object.assign(sock.ws, { close: () => closeWithin(raw, closeLimitMs) });
    const isEnded = () => this.#ended !== undefined;
    this.#stanzas = new ArrivingStanzas(parts, { isEnded, end: cause => void this.#end(cause) });
    this.#linking = new Linking(parts, {
      isEnded,
      end: cause => void this.#end(cause),
      credentialsChanged: () => this.#credentialsChanged(),
    });
    watchStanzas(sock.ws, {
      frame: () => {
        if (this.#ended === undefined) options.listener.alive();
      },
      stanza: stanza => this.#stanzas.seen(stanza),
      offered: stanza => this.#linking.offered(stanza),
      before: (kind, stanza) =>
        kind === "notification" && !this.#isLinked
          ? this.#notifiedUnlinked(stanza)
          : this.#stanzas.before(kind, stanza),
      answer: stanza => learnFromDeviceAnswer(stanza, sock.signalRepository.lidMapping),
      handled: stanza => this.#stanzas.handled(stanza),
      strayed: (event, error) => this.#strayed(event, error),
    });
    sock.ev.on("creds.update", () => void this.#credentialsChanged());
    sock.ev.on("connection.update", update => {
      this.#connectionChanged(update).catch(error => this.#strayed("connection.update", error));
    });
    options.keys.onFailure(failure => void this.#end(disconnectOfFailure(failure)));
  }

  async *history(signal: AbortSignal): AsyncGenerator<HistoryChunk> {
    const { sock, media, options, facts } = this.#parts;
    const parts = { sock, media, facts, keys: sock.authState.keys, self: selfOf(sock) };
    for await (const notice of options.keys.history.waiting(signal)) {
      yield {
        items: () => historyItems(parts, notice.notification),
        forget: () => options.keys.history.forget(notice),
      };
    }
  }

  async encodeText(message: OutgoingText): Promise<Uint8Array> {
    this.#throwIfEnded();
    return encodedText(message, jid => this.#recipients.namedIn(message.to, jid));
  }

  async encodeMedia(file: OutgoingFile): Promise<Uint8Array> {
    this.#throwIfEnded();
    const { sock, options, now } = this.#parts;
    return mediaPayload(sock, file, { nowMs: now(), log: options.log });
  }

  async recaption(payload: Uint8Array, caption: string | null): Promise<Uint8Array> {
    return recaptioned(payload, caption);
  }

  async fetchMedia(file: MediaPlace, signal: AbortSignal): Promise<Readable> {
    const { media } = this.#parts;
    const { agent, isTrusted } = media;
    return downloadMedia(file, { host: await media.host(), isTrusted, agent, signal });
  }

  async askForMedia(asked: FileRequest, signal: AbortSignal): Promise<WhatsAppFile> {
    this.#throwIfEnded();
    return askForFile(this.#parts.sock, await this.#outgoing.addressed(asked), signal);
  }

  async send(message: OutgoingPayload): Promise<void> {
    this.#throwIfEnded();
    try {
      await this.#outgoing.send(message);
    } catch (error) {
      // Baileys tells a key that could not be read as an encryption that failed; it and a line that broke end the socket.
      const cause = this.#parts.options.keys.failure ?? error;
      if (cause === error && this.#ended === undefined && this.#parts.sock.ws.isOpen) throw error;
      throw new SocketClosed("the socket ended while a message was put on it", { cause });
    }
  }

  async readdress(to: Jid, code: string): Promise<boolean> {
    return this.#addresses.turn(to, code);
  }

  async timeLock(): Promise<number | null> {
    this.#throwIfEnded();
    return lockedUntilMs(await this.#parts.sock.fetchAccountReachoutTimelock(), this.#parts.now());
  }

  async onWhatsApp(numbers: readonly Jid[]): Promise<readonly Jid[]> {
    this.#throwIfEnded();
    const found = await this.#parts.sock.onWhatsApp(...numbers);
    if (found === undefined) throw new Error("whatsapp did not say who is there");
    return found.flatMap(({ jid, exists }) => (exists ? [Jid.parse(jidNormalizedUser(jid))] : []));
  }

  async otherName(person: Jid): Promise<Jid | null> {
    this.#throwIfEnded();
    return this.#recipients.otherName(person);
  }

  async encodeChange(change: OutgoingChange): Promise<Uint8Array> {
    return this.#outgoing.encodeChange(change);
  }

  openSealed(content: SealedContent, about: SealedAbout): InboundContent | undefined {
    const { secret: sealed, payload, ...names } = about;
    const kept = sealed && this.#parts.options.keys.openSecret(content.targetWaMessageId, sealed);
    const secret = kept ?? (payload && secretInPayload(payload));
    return secret && openSealed(content, { secret, ...names });
  }

  async markRead(chat: Jid, messages: readonly ReadMessage[]): Promise<void> {
    this.#throwIfEnded();
    await this.#outgoing.markRead(chat, messages);
  }

  async groups(): Promise<GroupSnapshot[]> {
    this.#throwIfEnded();
    return Object.values(await this.#parts.sock.groupFetchAllParticipating()).map(snapshotOf);
  }

  async answerPasskey(credential: PasskeyCredential): Promise<void> {
    this.#throwIfEnded();
    await this.#linking.passkey.answer(credential);
  }

  async confirmPasskey(): Promise<void> {
    this.#throwIfEnded();
    await this.#linking.passkey.confirm();
  }

  async logout(): Promise<void> {
    this.#leaving = true;
    const { sock } = this.#parts;
    const jid = sock.authState.creds.me?.id;
    if (jid !== undefined && this.#ended === undefined) {
      const remove = { tag: "remove-companion-device", attrs: { jid, reason: "user_initiated" } };
      const attrs = { to: "@s.whatsapp.net", type: "set", xmlns: "md", id: sock.generateMessageTag() };
      const told = sock.query({ tag: "iq", attrs, content: [remove] });
      await within(logoutLimitMs, told);
    }
    await this.close();
  }

  close(): Promise<void> {
    return this.#end({ kind: "closed_by_us", statusCode: null, detail: "closed by us" });
  }

  #strayed(event: string, error: unknown): void {
    if (this.#ended !== undefined) return;
    this.#parts.options.log.warn("baileys could not finish what a stanza asked for", { error });
    // Below stanzas, it is a frame that could not be opened, and with it all that follow; of the connection itself, its state.
    if (event === "message" || event === "connection.update") {
      void this.#end({ kind: "connection_lost", statusCode: null, detail: `${event} could not be handled` });
    }
  }

  get #isLinked(): boolean {
    return this.#parts.sock.authState.creds.account !== undefined;
  }

  async #notifiedUnlinked(stanza: BinaryNode): Promise<boolean> {
    try {
      return this.#ended === undefined && (await this.#linking.notified(stanza));
    } catch (error) {
      this.#strayed("notification", error);
      return false;
    }
  }

  #credentialsChanged(): Promise<boolean> {
    const { records } = this.#parts.options.keys;
    records.credentialsChanged();
    return this.#durable();
  }

  /** Whether all that was decided so far is durable; where it cannot be, the keys' failure ends the socket. */
  async #durable(): Promise<boolean> {
    try {
      await this.#parts.options.keys.records.durable();
      return true;
    } catch (error) {
      if (this.#parts.options.keys.failure === undefined) throw error;
      return false;
    }
  }

  async #connectionChanged(update: ConnectionUpdate): Promise<void> {
    const { listener } = this.#parts.options;
    if (this.#ended !== undefined) return;
    if (update.isNewLogin === true) this.#linking.stop();
    const { reachoutTimeLock: lock } = update;
    if (lock !== undefined) listener.timeLock(lockedUntilMs(lock, this.#parts.now()));
    if (update.connection === "close") await this.#end(disconnectOf(update.lastDisconnect?.error));
    if (update.isNewLogin === true && (await this.#durable()) && this.#ended === undefined) listener.paired();
    if (update.connection === "open" && (await this.#durable()) && this.#ended === undefined) this.#opened();
  }

  #opened(): void {
    const { me } = this.#parts.sock.authState.creds;
    const jid = Jid.safeParse(jidNormalizedUser(me?.id));
    if (!jid.success) throw new Error("logged in without a number");
    const lid = Jid.safeParse(jidNormalizedUser(me?.lid));
    this.#parts.options.listener.opened({ jid: jid.data, lid: lid.data ?? null, name: me?.name ?? null });
  }

  #throwIfEnded(): void {
    if (this.#ended !== undefined) throw new SocketClosed("the socket is closed");
  }

  #end(cause: Disconnect): Promise<void> {
    this.#ended ??= this.#letGo(cause);
    return this.#ended;
  }

  async #letGo(cause: Disconnect): Promise<void> {
    const { sock, options } = this.#parts;
    this.#stanzas.stop();
    const byUs = this.#leaving && cause.kind !== "fenced";
    this.#linking.stop();
    // In an orderly close, what is being decrypted or encrypted may still be finished and said.
    if (cause.kind === "closed_by_us") await within(closeLimitMs, options.keys.records.idle());
    this.#wire.shut();
    await sock.end(undefined);
    // Baileys has dropped its own listeners, so whoever still waits for an answer would wait until it times out.
    if (sock.ws.listenerCount("error") > 0) sock.ws.emit("error", new SocketClosed("the socket was closed"));
    await within(releaseLimitMs, options.keys.close());
    options.keys.abandon();
    options.listener.closed(byUs ? { ...cause, kind: "closed_by_us" } : cause);
  }
}

type ConnectionUpdate = Partial<BaileysEventMap["connection.update"]>;

function disconnectOfFailure(failure: Error): Disconnect {
  const kind = failure instanceof OwnershipLost ? "fenced" : "unavailable";
  return { kind, statusCode: null, detail: failure.message };
}
