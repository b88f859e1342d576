import { createRequire } from "node:module";
import * as z from "zod";
import { Mutex } from "../keys/mutex.ts";

interface Session {
  serialize(): unknown;
}
type Decrypt = (this: unknown, message: Uint8Array, session: Session | undefined) => Promise<Uint8Array>;
type QueueJob = <T>(this: { readonly storage: object }, work: () => Promise<T>) => Promise<T>;

const isFunction = (value: unknown) => typeof value === "function";
const Cipher = z.object({
  prototype: z.object({
    doDecryptWhisperMessage: z.custom<Decrypt>(isFunction),
    queueJob: z.custom<QueueJob>(isFunction),
  }),
});
const Entry = z.object({ deserialize: z.custom<(data: unknown) => Session>(isFunction) });
const Record = z.object({ createEntry: z.custom<() => Session>(isFunction) });
const Libsignal = z.object({
  SessionCipher: z.custom<z.infer<typeof Cipher>>(value => isFunction(value) && isCipher(value)),
  SessionRecord: z.custom<z.infer<typeof Record>>(isFunction),
});

function isCipher(value: unknown): boolean {
  return Cipher.safeParse({ prototype: Reflect.get(Object(value), "prototype") }).success;
}

const done = new WeakSet<object>();

/**
 * Keeps the sessions of libsignal 6.0.0 apart, in the whole process; calling it again changes nothing.
 *
 * Its cipher runs what it does to one address in a queue that everyone in the process shares (libsignal/src/queue_job.js),
 * so one tenant's session would wait for another's who writes to the same person. Here each store has its own queue.
 *
 * It tries a message on every session it has with a sender, moves the ratchet of each before it checks whether the
 * message is of that session, and stores them all once one fits (libsignal/src/session_cipher.js). So when two people
 * write to each other at the same moment and have two sessions, the one tried in vain is spoilt: what is sent on it
 * later has to be asked for again, and comes out of order. Here a decryption that fails leaves its session as it was.
 */
export function keepSessionsApart(): void {
  const ofBaileys = createRequire(createRequire(import.meta.url).resolve("@whiskeysockets/baileys"));
  const { SessionCipher, SessionRecord } = Libsignal.parse(ofBaileys("libsignal"));
  const { prototype } = SessionCipher;
  if (done.has(prototype)) return;
  done.add(prototype);
  prototype.queueJob = function (work) {
    return queueOf(this.storage).run(work);
  };
  const entry = Entry.parse({ deserialize: deserializerOf(SessionRecord.createEntry()) });
  const decrypt = prototype.doDecryptWhisperMessage;
  prototype.doDecryptWhisperMessage = async function (message, session) {
    const before = session?.serialize();
    try {
      return await decrypt.call(this, message, session);
    } catch (error) {
      if (session !== undefined) Object.assign(session, entry.deserialize(before));
      throw error;
    }
  };
}

const queues = new WeakMap<object, Mutex>();

function queueOf(store: object): Mutex {
  const queue = queues.get(store) ?? new Mutex();
  queues.set(store, queue);
  return queue;
}

/** A session's class is not exported; it is found by a session. */
function deserializerOf(session: Session): unknown {
  const deserialize: unknown = Reflect.get(session.constructor, "deserialize");
  return typeof deserialize === "function" ? deserialize.bind(session.constructor) : undefined;
}
