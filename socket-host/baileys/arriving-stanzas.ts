import { type BinaryNode, getBinaryNodeChild, type WASocket } from "@whiskeysockets/baileys";
import type { Jid } from "../../domain/jid.ts";
import type { Arrival } from "../keys/journal-entry.ts";
import { type Disconnect, type GroupNotice, GroupUnavailable, type OpenOptions } from "../whatsapp-port.ts";
import type { AccountFacts } from "./account-facts.ts";
import { hearAck } from "./ack-marks.ts";
import { isOfNoChat } from "./broadcast-stanza.ts";
import { callOf } from "./call-stanza.ts";
import type { GroupCache } from "./group-cache.ts";
import { groupNoticeOf, snapshotOf } from "./group-stanza.ts";
import { arrivalOf, ciphertextsOf, isSelf, type Self, selfOf } from "./inbound-stanza.ts";
import { dropRefusedKeys } from "./key-answers.ts";
import { OfflineQueue } from "./offline-queue.ts";
import { PhoneQuestions } from "./phone-questions.ts";
import { receiptsOf } from "./receipt-stanza.ts";
import type { ArrivingCiphertext } from "./signal-repository.ts";
import type { WatchedKind } from "./stanza-watch.ts";

export interface StanzaParts {
  readonly sock: WASocket;
  /** What came in, by its ciphertexts: where decryption looks up whose message it is. */
  readonly arrivals: WeakMap<Uint8Array, ArrivingCiphertext>;
  /** What the session's own phone told its devices, by its ciphertexts: WhatsApp's ids of it. */
  readonly peers: WeakMap<Uint8Array, string>;
  readonly groups: GroupCache;
  readonly facts: AccountFacts;
  readonly options: OpenOptions;
  readonly now: () => number;
  /** Where the offline queue may stand still for another time than usual. */
  readonly offlineStallMs?: number | undefined;
}

const offlineQueueStalled: Disconnect = {
  kind: "connection_lost",
  statusCode: null,
  detail: "the offline queue stalled",
};

function offlineBatch(count: number): BinaryNode {
  return { tag: "ib", attrs: {}, content: [{ tag: "offline_batch", attrs: { count: String(count) } }] };
}

/** The socket that the stanzas come in on. */
interface Ending {
  isEnded(): boolean;
  end(cause: Disconnect): void;
}

/**
 * What is done with a stanza besides what Baileys does: whose message is about to be decrypted is noted, what WhatsApp
 * acknowledged is told, and what a stanza says is stored before Baileys acknowledges it. Of a socket that has ended,
 * nothing is heard any more.
 */
export class ArrivingStanzas {
  readonly #parts: StanzaParts;
  readonly #socket: Ending;
  readonly #looks = new Map<Jid, number>();
  readonly #offline: OfflineQueue;
  readonly #questions: PhoneQuestions;
  readonly #arrivals = new WeakMap<BinaryNode, Arrival>();
  #lastPlace = 0;

  constructor(parts: StanzaParts, socket: Ending) {
    this.#parts = parts;
    this.#socket = socket;
    this.#offline = new OfflineQueue({
      ask: count => parts.sock.sendNode(offlineBatch(count)),
      stalled: () => socket.end(offlineQueueStalled),
      stallMs: parts.offlineStallMs,
      log: parts.options.log,
    });
    this.#questions = new PhoneQuestions({
      sock: parts.sock,
      isWaitedFor: waMessageId => parts.options.keys.journal.waitedFor(waMessageId) !== undefined,
      log: parts.options.log,
    });
  }

  /** A stanza was handled, well or not. */
  handled(stanza: BinaryNode): void {
    this.#offline.handled(stanza);
    if (stanza.tag !== "message" || this.#socket.isEnded()) return;
    this.#questions.handled(stanza, this.#arrivals.get(stanza)?.fromMe ?? false);
  }

  /** The socket has ended: nothing is asked of it any more. */
  stop(): void {
    this.#offline.stop();
    this.#questions.stop();
  }

  /** Sees every stanza before Baileys does. */
  seen(stanza: BinaryNode): void {
    if (this.#socket.isEnded()) return;
    this.#offline.seen(stanza);
    const { tag, attrs } = stanza;
    this.#parts.facts.hear(stanza);
    const withoutKeys = dropRefusedKeys(stanza);
    if (withoutKeys > 0) this.#parts.options.log.info("devices without keys are left out", { count: withoutKeys });
    if (tag === "message") this.#arrived(stanza);
    if (tag === "notification" && attrs.type === "w:gp2" && attrs.from) this.#parts.groups.changed(attrs.from);
    if (tag === "ib" && getBinaryNodeChild(stanza, "dirty")?.attrs.type === "groups") {
      this.#parts.groups.clear();
      this.#parts.options.listener.groupsStale();
    }
    if (tag !== "ack" || attrs.id === undefined) return;
    if (attrs.class === "message") hearAck(this.#parts, this.#looks, stanza);
    if (attrs.class === "message") this.#parts.options.listener.acked(attrs.id, attrs.error ?? null);
    if (attrs.class === "receipt") this.#parts.options.keys.journal.told(attrs.id);
  }

  /** Whether Baileys may go on with a stanza, and acknowledge it. */
  before(kind: WatchedKind, stanza: BinaryNode): Promise<boolean> | true {
    if (this.#socket.isEnded()) return Promise.resolve(false);
    if (kind === "message") return isOfNoChat(stanza) ? this.#acknowledge(stanza) : this.#unreadable(stanza);
    const { now, options } = this.#parts;
    const { listener } = options;
    if (kind === "call") {
      const call = callOf(stanza, this.#self, now());
      return call === undefined || this.#onceStored(kind, listener.call(call));
    }
    if (kind === "notification") {
      const notice = groupNoticeOf(stanza, now());
      return notice === undefined || this.#onceStored(kind, listener.group(this.#withWhole(notice)));
    }
    const receipts = receiptsOf(stanza, this.#self, now());
    if (receipts.length === 0) return true;
    const stored = Promise.all(receipts.map(receipt => listener.receipt(receipt)));
    return this.#onceStored(kind, stored);
  }

  get #self(): Self {
    return selfOf(this.#parts.sock);
  }

  #arrived(stanza: BinaryNode): void {
    const nowMs = this.#parts.now();
    const arrival = arrivalOf(stanza, this.#self, nowMs, this.#nextPlace(nowMs));
    if (arrival === undefined) this.#peerArrived(stanza);
    if (arrival === undefined) return;
    this.#arrivals.set(stanza, arrival);
    const ciphertexts = ciphertextsOf(stanza);
    const author = stanza.attrs.participant ?? stanza.attrs.from ?? "";
    for (const ciphertext of ciphertexts) {
      this.#parts.arrivals.set(ciphertext, { arrival, author, isLast: ciphertext === ciphertexts.at(-1) });
    }
  }

  /** A number that is higher with every message, also where two come in one millisecond or the clock steps back. */
  #nextPlace(nowMs: number): number {
    this.#lastPlace = Math.max(nowMs, this.#lastPlace + 1);
    return this.#lastPlace;
  }

  #peerArrived(stanza: BinaryNode): void {
    const { id, from, category } = stanza.attrs;
    if (category !== "peer" || id === undefined || from === undefined || !isSelf(from, this.#self)) return;
    for (const ciphertext of ciphertextsOf(stanza)) this.#parts.peers.set(ciphertext, id);
  }

  #withWhole(notice: Omit<GroupNotice, "whole">): GroupNotice {
    const whole = async () => {
      try {
        return snapshotOf(await this.#parts.groups.of(notice.group));
      } catch (error) {
        if (error instanceof GroupUnavailable) return undefined;
        throw error;
      }
    };
    return { ...notice, whole };
  }

  /** Baileys acknowledges a stanza only once what it says is stored; where it cannot be, WhatsApp says it again. */
  #onceStored(kind: WatchedKind, stored: Promise<unknown>): Promise<boolean> {
    return stored.then(
      () => !this.#socket.isEnded(),
      (error: unknown) => {
        this.#parts.options.log.warn("stanza left unacknowledged", { kind, error });
        return false;
      },
    );
  }

  /** Tells WhatsApp that a stanza came, and Baileys nothing of it. */
  async #acknowledge(stanza: BinaryNode): Promise<false> {
    await this.#parts.sock.sendMessageAck(stanza);
    return false;
  }

  /** A message that came with nothing to decrypt is journaled before Baileys acknowledges it and asks the phone for it. */
  #unreadable(stanza: BinaryNode): Promise<boolean> | true {
    const arrival = this.#arrivals.get(stanza);
    if (arrival === undefined || ciphertextsOf(stanza).length > 0) return true;
    const { journal, records } = this.#parts.options.keys;
    return records
      .exclusively(async exclusive => journal.recordFailure(exclusive, arrival))
      .then(() => records.durable())
      .then(
        () => true,
        // The keys have failed, which ends the socket; WhatsApp is told nothing.
        () => false,
      );
  }
}
