import type { Readable } from "node:stream";
import type { CallKind } from "../domain/call/call.ts";
import type { GroupChange } from "../domain/group/change.ts";
import type { GroupPerson, GroupSnapshot } from "../domain/group/group.ts";
import type { Id } from "../domain/id.ts";
import type { Jid } from "../domain/jid.ts";
import type { Log } from "../domain/log.ts";
import type { MediaKind } from "../domain/media/kind.ts";
import type { WhatsAppFile } from "../domain/media/whatsapp-file.ts";
import type { MessageChange } from "../domain/outbox/outbox.ts";
import type { PasskeyCredential, PasskeyOptions } from "../domain/session/passkey-assertion.ts";
import type { SessionProxy } from "../domain/session/proxy.ts";
import type { InboundJournal } from "./keys/inbound-journal.ts";
import type { InboundContent, JournalEntry, SealedContent } from "./keys/journal-entry.ts";
import type { SessionKeys } from "./keys/session-keys.ts";

/** What a session's connection needs of a WhatsApp engine; Baileys is one (socket-host/baileys), others can stand behind it. */
export interface WhatsAppEngine {
  open(options: OpenOptions): Promise<WhatsAppSocket>;
}

export interface OpenOptions {
  readonly session: { readonly tenantId: Id<"ten">; readonly id: Id<"ses"> };
  /** Opened by the connection under the lease's epoch. */
  readonly keys: SessionKeys;
  /** The WhatsApp Web version to claim; undefined: the engine's own. */
  readonly version: readonly [number, number, number] | undefined;
  readonly settings: ConnectionSettings;
  readonly listener: SocketListener;
  /** The stored payload of a message this session sent, for a retry receipt; undefined if there is none, never an empty message. */
  payloadOf(waMessageId: string): Promise<Uint8Array | undefined>;
  readonly log: Log;
}

/** What the customer has set for a session's connection, read anew for each socket. */
export interface ConnectionSettings {
  /** While the session is not linked, a pairing code is asked for this number (`+` and digits) as well; null: a QR alone. */
  readonly pairingNumber: string | null;
  /** What everything to and from WhatsApp goes through; null: nothing. */
  readonly proxy: SessionProxy | null;
}

export interface SocketListener {
  /** Each new QR. */
  qr(code: string, expiresAtMs: number): void;
  /** The code that the person may type instead of scanning; it lives as long as this socket shows QRs. */
  pairingCode(code: string): void;
  /** WhatsApp gave no pairing code; `statusCode` is its number, null where it did not answer. QRs are shown all the same. */
  pairingCodeRefused(statusCode: number | null): void;
  /** How far a link by passkey has come. QRs and codes are worth nothing meanwhile. */
  passkey(step: PasskeyStep): void;
  /** The keys now log in; a `closed` with `restart_required` follows. */
  paired(): void;
  opened(self: { jid: Jid; lid: Jid | null; name: string | null }): void;
  /** The socket is gone; exactly once per socket, whatever happened. */
  closed(cause: Disconnect): void;
  /** WhatsApp's word on a send: `errorCode` null = it has it; else its nack code ("463", "479"…). */
  acked(waMessageId: string, errorCode: string | null): void;
  /**
   * Resolves once what it says is stored. An engine acknowledges it to WhatsApp only then, where it can; where this
   * rejects (ownership was lost, the session closes) WhatsApp must not be told, so that it says it again.
   */
  receipt(receipt: MessageReceipt): Promise<void>;
  /** Somebody calls, or a call is over. Like `receipt`: acknowledged once it is stored. */
  call(call: SeenCall): Promise<void>;
  /** A group is not as it was. Like `receipt`: acknowledged once it is stored. */
  group(notice: GroupNotice): Promise<void>;
  /** Groups have changed in a way that is not told one by one: all are to be asked for. */
  groupsStale(): void;
  /** WhatsApp lets the account write to nobody new until then (epoch ms); null: it does again. */
  timeLock(untilMs: number | null): void;
  /** A LID and a number are one person. */
  names(lid: Jid, pn: Jid): void;
  /** Any frame arrived (for lastInboundAt and the silence watch). */
  alive(): void;
}

export interface MessageReceipt {
  readonly waMessageIds: readonly string[];
  readonly status: "delivered" | "read" | "played";
  /** The session's own person read messages of others, on the phone or another device. */
  readonly byOwner: boolean;
  readonly from: Jid;
  readonly participant: Jid | null;
  readonly atMs: number;
}

export interface GroupNotice {
  /** WhatsApp's id of the change: it may say it again under this. */
  readonly id: string;
  readonly group: Jid;
  readonly change: GroupChange;
  readonly by: GroupPerson | null;
  readonly atMs: number;
  /** The group as WhatsApp has it now, which is asked; undefined where the session is not in it. */
  whole(): Promise<GroupSnapshot | undefined>;
}

export interface SeenCall {
  readonly callId: string;
  readonly status: "offered" | "ended";
  /** Of a call that is over, not to be relied on: only the offer says it. */
  readonly kind: CallKind;
  /** The number's JID where WhatsApp gave it, else the LID. */
  readonly from: Jid;
  readonly fromLid: Jid | null;
  readonly pushName: string | null;
  readonly group: Jid | null;
  readonly atMs: number;
}

/** A piece of the phone's past, durable until it is forgotten. */
export interface HistoryChunk {
  /** What is in it, one item at a time, each time from the beginning. Throws HistoryUnreadable where that never works. */
  items(): AsyncIterable<HistoryItem>;
  forget(): Promise<void>;
}

export type HistoryItem =
  | { readonly type: "message"; readonly entry: HistoryEntry }
  /** Comes after the messages of its chat. */
  | { readonly type: "chat"; readonly chat: Jid; readonly lid: Jid | null; readonly name: string | null }
  /** What a person goes by. */
  | { readonly type: "person"; readonly chat: Jid; readonly lid: Jid | null; readonly name: string };

/** A message of the past: everybody has read it, as far as we are concerned. */
export type HistoryEntry = Omit<JournalEntry, "key"> & {
  readonly status: "sent" | "delivered" | "read" | "played";
  /** When it was last edited: what it says is what it says since then. */
  readonly editedAtMs: number | null;
  /** What people think of it, one reaction a person, the oldest first. */
  readonly reactions: readonly PastReaction[];
};

export interface PastReaction {
  readonly emoji: string;
  readonly fromMe: boolean;
  /** Whose it is in a group, named like a participant; null in a chat of two, and of the owner's own. */
  readonly participant: Jid | null;
  readonly participantLid: Jid | null;
  readonly atMs: number;
}

/** A piece of history is not there any more, or cannot be read: trying again changes nothing. */
export class HistoryUnreadable extends Error {
  override readonly name = "HistoryUnreadable";
  readonly code = "history_unreadable";
}

/** Why a socket is gone; `statusCode` is WhatsApp's number, or its proxy's, where it gave one. */
export interface Disconnect {
  readonly kind: DisconnectKind;
  readonly statusCode: number | null;
  readonly detail: string;
  /** How long a ban lasts, in milliseconds, where WhatsApp says so. */
  readonly bannedForMs?: number | undefined;
  /** What WhatsApp says to the person, where it says anything. Never to be logged. */
  readonly message?: string | undefined;
}

/** Why a challenge is shown again. */
export type PasskeyFailure = "refused" | "phone_silent";

/** A step of a link by passkey. Neither challenge nor code may be logged, or stored in the clear. */
export type PasskeyStep =
  | {
      readonly state: "challenge";
      readonly options: PasskeyOptions;
      readonly failure: PasskeyFailure | null;
      readonly expiresAtMs: number;
    }
  /** WhatsApp and the phone look at the assertion. */
  | { readonly state: "checking"; readonly expiresAtMs: number }
  /** The person compares the code with the phone's. */
  | { readonly state: "confirmation"; readonly code: string; readonly expiresAtMs: number }
  | { readonly state: "finishing"; readonly expiresAtMs: number };

export type DisconnectKind =
  | "restart_required"
  | "connection_lost"
  | "unreachable"
  | "proxy_unreachable"
  | "unavailable"
  | "bad_session"
  | "replaced"
  | "logged_out"
  /** The account is locked or banned: the keys are worth nothing any more. */
  | "banned"
  /** The account is banned for a time, and its keys are good after that. */
  | "temporarily_banned"
  | "client_outdated"
  | "multidevice_mismatch"
  | "qr_timeout"
  /** Nobody answered WhatsApp's challenge, or compared the code, in time. */
  | "passkey_timeout"
  /** WhatsApp or the phone did not take a step of a link by passkey. */
  | "passkey_failed"
  | "fenced"
  | "closed_by_us";

export interface WhatsAppSocket {
  /** Encodes a text into the protobuf that goes on the wire. Asks WhatsApp at most for the LIDs of those it mentions. */
  encodeText(message: OutgoingText): Promise<Uint8Array>;
  /** Uploads a file to WhatsApp and encodes the message that names it. Throws where no host of WhatsApp's takes it. */
  encodeMedia(file: OutgoingFile): Promise<Uint8Array>;
  /** The encoded message with a file, with another caption or none; kinds that show none have none. */
  recaption(payload: Uint8Array, caption: string | null): Promise<Uint8Array>;
  /**
   * The file of a message that came in, decrypted as it streams. Throws MediaGone where WhatsApp has it no more; fails,
   * at the stream's end too, with MediaBroken where it is not the file that was sent.
   */
  fetchMedia(file: { kind: MediaKind; source: WhatsAppFile }, signal: AbortSignal): Promise<Readable>;
  /** Has a phone upload a file again, and answers where it is then. Throws MediaGone where it has it no more. */
  askForMedia(asked: FileRequest, signal: AbortSignal): Promise<WhatsAppFile>;
  /**
   * Encrypts and writes a stored payload under its fixed id; resolves when it is written (not acked). Throws
   * NotOnWhatsApp if the recipient has no account, GroupUnavailable if it is no group of this session's, SocketClosed
   * once the socket has ended.
   */
  send(message: OutgoingPayload): Promise<void>;
  /**
   * WhatsApp refused a message to a person with a code that may be about how the person was named: from now on the
   * person's other name is used. False where there is none.
   */
  readdress(to: Jid, code: string): Promise<boolean>;
  /** Until when WhatsApp lets the account write to nobody new (epoch ms), which it is asked; null where it does. */
  timeLock(): Promise<number | null>;
  /** Those of these numbers that have an account, each under the JID it has at WhatsApp; throws where it is not told. */
  onWhatsApp(numbers: readonly Jid[]): Promise<readonly Jid[]>;
  /**
   * The LID of a number, or the number of a LID: WhatsApp is asked for a LID that the session does not know, not for a
   * number. Null where nobody knows it. Throws NotOnWhatsApp where a number has no account.
   */
  otherName(person: Jid): Promise<Jid | null>;
  /** Encodes a change of a message into the protobuf that goes on the wire, as a message of its own. */
  encodeChange(change: OutgoingChange): Promise<Uint8Array>;
  /** Tells the authors of messages of a chat, and the person's other devices, that they were read; resolves when it is written. */
  markRead(chat: Jid, messages: readonly ReadMessage[]): Promise<void>;
  /** What sealed content says of a message of this session; undefined where it cannot be opened. */
  openSealed(content: SealedContent, about: SealedAbout): InboundContent | undefined;
  /** All groups that the session is in, as WhatsApp has them. */
  groups(): Promise<GroupSnapshot[]>;
  /** Inbound messages that are durable, acknowledged to WhatsApp or not, in order: the host stores each, then forgets it. */
  readonly journal: InboundJournal;
  /** What the phone tells of its past, oldest first; waits for more until the signal aborts. One reader at a time. */
  history(signal: AbortSignal): AsyncIterable<HistoryChunk>;
  /** Hands WhatsApp the person's assertion. Throws PasskeyInvalid; one that no challenge waits for is dropped. */
  answerPasskey(credential: PasskeyCredential): Promise<void>;
  /** The person has seen the same code on the phone. Where none is compared, nothing happens. */
  confirmPasskey(): Promise<void>;
  /** Tells WhatsApp to remove this device; resolves when told or after 5 s. */
  logout(): Promise<void>;
  /** Orderly: no new work, waits for commits in flight, closes the socket; bounded to 5 s. */
  close(): Promise<void>;
}

/** The message that sealed content is about, and who speaks. */
export interface SealedAbout {
  /** Its secret, as the journal sealed it; undefined where it came without one, or this session sent it. */
  readonly secret: Uint8Array | undefined;
  /** Its protobuf, of a message that this session sent. */
  readonly payload: Uint8Array | undefined;
  /** Each name of its author, and of whoever speaks. */
  readonly author: readonly Jid[];
  readonly by: readonly Jid[];
  /** The options of a poll. */
  readonly options: readonly string[];
}

export interface OutgoingPayload {
  readonly to: Jid;
  readonly waMessageId: string;
  readonly payload: Uint8Array;
  /** It was tried before, and nobody knows how far it came. */
  readonly again: boolean;
}

export interface OutgoingText {
  readonly to: Jid;
  readonly text: string;
  readonly waMessageId: string;
  /** The message of the chat that it answers. */
  readonly quoted?: QuotedMessage | undefined;
  /** People whom the text names, as @ and their number or LID. */
  readonly mentions?: readonly Jid[] | undefined;
}

export interface QuotedMessage {
  readonly waMessageId: string;
  readonly author: Jid;
  /** What it said: its protobuf where that is kept, else its text or caption. */
  readonly payload: Uint8Array | undefined;
  readonly text: string;
}

/** A file to be sent, on this machine's disk. */
export interface OutgoingFile {
  readonly kind: MediaKind;
  readonly path: string;
  readonly mimetype: string;
  readonly filename: string | null;
  readonly caption: string | null;
  /** Of an image; undefined where none could be made. */
  readonly preview: { readonly thumbnail: Uint8Array; readonly width: number; readonly height: number } | undefined;
}

/** The file of a message that came in, as its message named both. */
export interface FileRequest {
  readonly waMessageId: string;
  readonly chat: Jid;
  readonly fromMe: boolean;
  readonly participant: Jid | null;
  readonly source: WhatsAppFile;
}

/** `participant` is the author in a group. */
export interface ReadMessage {
  readonly waMessageId: string;
  readonly participant: Jid | null;
}

/** What is to be done to a message that is there already. */
export interface OutgoingChange {
  readonly to: Jid;
  /** `participant` is the author of somebody else's message in a group. */
  readonly target: { readonly waMessageId: string; readonly fromMe: boolean; readonly participant: Jid | null };
  readonly change: Exclude<MessageChange, { kind: "read" }>;
  readonly atMs: number;
}

/** The recipient has no WhatsApp account: trying again changes nothing. */
export class NotOnWhatsApp extends Error {
  override readonly name = "NotOnWhatsApp";
  readonly code = "not_on_whatsapp";
}

/** A file is not where it was any more. */
export class MediaGone extends Error {
  override readonly name = "MediaGone";
  readonly code = "media_gone";
}

/** What came is not the file that was sent. */
export class MediaBroken extends Error {
  override readonly name = "MediaBroken";
  readonly code = "media_broken";
}

/** The session is not in the group, or there is none; the code is WhatsApp's. Trying again changes nothing. */
export class GroupUnavailable extends Error {
  override readonly name = "GroupUnavailable";
  readonly code: string;
  constructor(code: string, options: { cause: unknown }) {
    super("the group cannot be written to", options);
    this.code = code;
  }
}

/** The socket has ended, or is about to: whatever was asked of it goes to the next one. */
export class SocketClosed extends Error {
  override readonly name = "SocketClosed";
  readonly code = "socket_closed";
}
