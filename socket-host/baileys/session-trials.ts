import { createRequire } from "node:module";
import * as z from "zod";

interface Session {
  serialize(): unknown;
}
type Decrypt = (this: unknown, message: Uint8Array, session: Session | undefined) => Promise<Uint8Array>;

const isFunction = (value: unknown) => typeof value === "function";
const Cipher = z.object({ prototype: z.object({ doDecryptWhisperMessage: z.custom<Decrypt>(isFunction) }) });
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
 * Makes a decryption that fails leave its session as it was. libsignal 6.0.0 tries a message on every session it has
 * with a sender, moves the ratchet of each before it checks whether the message is of that session, and stores them
 * all once one fits (libsignal/src/session_cipher.js). So when two people write to each other at the same moment and
 * have two sessions, the one tried in vain is spoilt: what is sent on it later has to be asked for again, and comes
 * out of order. Calling this again changes nothing.
 */
export function keepSessionsTriedInVain(): void {
  const ofBaileys = createRequire(createRequire(import.meta.url).resolve("@whiskeysockets/baileys"));
  const { SessionCipher, SessionRecord } = Libsignal.parse(ofBaileys("libsignal"));
  const { prototype } = SessionCipher;
  if (done.has(prototype)) return;
  done.add(prototype);
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

/** A session's class is not exported; it is found by a session. */
function deserializerOf(session: Session): unknown {
  const deserialize: unknown = Reflect.get(session.constructor, "deserialize");
  return typeof deserialize === "function" ? deserialize.bind(session.constructor) : undefined;
}
