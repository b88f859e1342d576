import { DEFAULT_CONNECTION_CONFIG, type SocketConfig } from "@whiskeysockets/baileys";
import type { Now } from "../../domain/clock.ts";
import type { Log } from "../../domain/log.ts";
import type { Arrival, InboundContent } from "../keys/journal-entry.ts";
import type { SessionKeys } from "../keys/session-keys.ts";
import type { ExclusiveRecords } from "../keys/signal-records.ts";
import { historyNotice } from "./history-notice.ts";
import { contentOf, saysNothing, secretOf } from "./inbound-content.ts";
import { boundNames } from "./name-cache.ts";
import { toldByPhone } from "./phone-answer.ts";
import { SenderKeys } from "./sender-keys.ts";
import { baileysStore, nameStore, signalStore } from "./signal-stores.ts";

type MakeRepository = SocketConfig["makeSignalRepository"];

/** One ciphertext of a message that came in. */
export interface ArrivingCiphertext {
  readonly arrival: Arrival;
  /** The device that wrote it, as the stanza names it. */
  readonly author: string;
  /** In a group, a key to what its author writes there may come before the message itself, as a ciphertext of its own. */
  readonly isLast: boolean;
}

export interface RepositoryParts {
  readonly keys: SessionKeys;
  /** What a ciphertext is part of, by the very object that came out of the stanza. */
  arrivalOf(ciphertext: Uint8Array): ArrivingCiphertext | undefined;
  /** WhatsApp's id of a message that the session's own phone sent to its devices alone, by its ciphertext. */
  peerIdOf(ciphertext: Uint8Array): string | undefined;
  readonly log: Log;
  readonly now: Now;
  learned(pnUser: string, lidUser: string): void;
}

/**
 * Baileys' Signal repository, each operation of which is exclusive over sending and receiving, and whose decryption
 * writes the message into the journal in the commit that moves its ratchet.
 *
 * Baileys hands its own transactional store to whoever makes the repository; that store's methods are replaced here
 * with ours, since its transactions work on copies of a record and the later one to end overwrites the other.
 *
 * libsignal begins a session in a queue by address that all sessions of the process share, in whichever asynchronous
 * context began that queue (libsignal/src/session_builder.js, queue_job.js). So an operation finds its records by its
 * turn, not by context; and an operation must never hang, for it would hold that address up for every session.
 */
export function exclusiveRepository(parts: RepositoryParts): MakeRepository {
  return (auth, logger, pnToLid) => {
    const { records } = parts.keys;
    let current: ExclusiveRecords | undefined;
    const exclusively = <T>(work: (exclusive: ExclusiveRecords) => Promise<T>) =>
      records.exclusively(async exclusive => {
        current = exclusive;
        try {
          return await work(exclusive);
        } finally {
          current = undefined;
        }
      });
    const store = signalStore(() => {
      if (current === undefined) throw new Error("a Signal operation ran out of its turn");
      return current;
    });
    Object.assign(auth.keys, baileysStore(records));
    const inner = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds: auth.creds, keys: store }, logger, pnToLid);
    Reflect.set(inner.lidMapping, "keys", nameStore(records, parts.learned));
    boundNames(inner);
    const senderKeys = new SenderKeys(inner);
    const decrypted = decryption(parts, exclusively, senderKeys);
    return {
      lidMapping: inner.lidMapping,
      close: () => inner.close?.(),
      jidToSignalProtocolAddress: jid => inner.jidToSignalProtocolAddress(jid),
      decryptMessage: options => decrypted(options.ciphertext, () => inner.decryptMessage(options)),
      decryptGroupMessage: options => decrypted(options.msg, () => inner.decryptGroupMessage(options)),
      encryptMessage: options => exclusively(() => inner.encryptMessage(options)),
      encryptGroupMessage: options => exclusively(() => inner.encryptGroupMessage(options)),
      processSenderKeyDistributionMessage: async options => {
        if (!senderKeys.isTaken(options)) await exclusively(() => inner.processSenderKeyDistributionMessage(options));
      },
      getSenderKeyDistributionMessage: options => exclusively(() => inner.getSenderKeyDistributionMessage(options)),
      hasSenderKey: options => exclusively(() => inner.hasSenderKey(options)),
      getSessionInfo: jid => exclusively(() => inner.getSessionInfo(jid)),
      validateSession: jid => exclusively(() => inner.validateSession(jid)),
      injectE2ESession: options => exclusively(() => inner.injectE2ESession(options)),
      deleteSession: jids => exclusively(() => inner.deleteSession(jids)),
      migrateSession: (from, to) => exclusively(() => inner.migrateSession(from, to)),
    };
  };
}

/** A message with its secret beside what it says, sealed. */
function withSecret(
  keys: SessionKeys,
  { waMessageId }: Arrival,
  content: InboundContent | undefined,
  secret: Uint8Array | undefined,
): InboundContent | undefined {
  if (content === undefined || secret === undefined || !("quotedWaMessageId" in content)) return content;
  return { ...content, secret: Buffer.from(keys.sealSecret(waMessageId, secret)).toString("base64") };
}

type Exclusively = <T>(work: (exclusive: ExclusiveRecords) => Promise<T>) => Promise<T>;

/**
 * Decrypts so that the message is durable, with the ratchet that went past it, before anyone learns of it; so is the
 * key to a group that came with it, since a ratchet that has moved on will not give it a second time. If the keys
 * fail, what this throws is of no consequence: nothing leaves the socket any more, so WhatsApp is told nothing and
 * sends the message again. If the message cannot be decrypted, that it came is durable before Baileys asks for it again.
 */
function decryption(
  { keys, arrivalOf, peerIdOf, log, now }: RepositoryParts,
  exclusively: Exclusively,
  senderKeys: SenderKeys,
) {
  const { journal, history, records } = keys;
  /** What the phone tells of messages that could not be read here goes into the commit that decrypted its answer. */
  const keepTold = (exclusive: ExclusiveRecords, decrypted: Uint8Array) => {
    for (const { waMessageId, content, secret, arrival } of toldByPhone(decrypted) ?? []) {
      const waited = journal.waitedFor(waMessageId);
      const arrived = waited ?? arrival(now());
      log.info("message told by the phone", { waMessageId, waited: waited !== undefined });
      if (arrived === undefined) continue;
      const kept = withSecret(keys, arrived, content, secret);
      if (kept !== undefined) journal.record(exclusive, arrived, kept);
      else journal.settle(exclusive, arrived);
    }
  };
  return async (ciphertext: Uint8Array, decrypt: () => Promise<Uint8Array>): Promise<Uint8Array> => {
    const arriving = arrivalOf(ciphertext);
    const arrival = arriving?.arrival;
    try {
      const plain = await exclusively(async exclusive => {
        const decrypted = await decrypt();
        const peerId = peerIdOf(ciphertext);
        const notice = peerId === undefined ? undefined : historyNotice(decrypted);
        if (peerId !== undefined && notice !== undefined) {
          history.record(exclusive, peerId, notice.kept);
          return notice.shown;
        }
        if (peerId !== undefined) keepTold(exclusive, decrypted);
        if (arriving === undefined || arrival === undefined) {
          // It is acknowledged and nothing of it is kept: nobody would hear that it is lost.
          if (peerId === undefined) log.warn("decrypted message has no arrival");
          return decrypted;
        }
        await senderKeys.take(decrypted, arriving.author);
        const content = withSecret(keys, arrival, contentOf(decrypted), secretOf(decrypted));
        if (content !== undefined) journal.record(exclusive, arrival, content);
        else if (arriving.isLast) journal.settle(exclusive, arrival);
        return decrypted;
      });
      await records.durable();
      return plain;
    } catch (error) {
      if (keys.failure !== undefined) throw keys.failure;
      if (arriving === undefined || arrival === undefined) throw error;
      // Sent again although it is in the journal: WhatsApp did not hear that we have it.
      if (journal.has(arrival)) return saysNothing;
      // A key that we may have already: whether the message behind it can be read will show.
      if (!arriving.isLast) return saysNothing;
      await exclusively(async exclusive => journal.recordFailure(exclusive, arrival));
      await records.durable();
      // Baileys does, by a retry receipt: from the second on with keys for a new Signal session, which mends a broken one.
      log.warn("message asked for again", { waMessageId: arrival.waMessageId, error });
      throw error;
    }
  };
}
