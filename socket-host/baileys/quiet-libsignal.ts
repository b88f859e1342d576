/**
 * What libsignal says on the console (node_modules/libsignal/src), past any logger and some of it with whole session
 * records, keys included. That a message could not be decrypted is told by the engine.
 */
const saidByLibsignal = [
  "Failed to decrypt message with any known session...",
  "Session error:",
  "Decrypted message with closed session.",
  "Closing open session in favor of incoming prekey bundle",
  "Closing session:",
  "Opening session:",
  "Session already closed",
  "Session already open",
  "Removing old closed session:",
  "Migrating session to:",
  "V1 session storage migration error:",
  "WARNING: Expected pubkey of length 33",
  "Unhandled bucket type (for naming):",
];

const methods = ["info", "warn", "error"] as const;
type Speaker = Record<(typeof methods)[number], (...said: unknown[]) => void>;

const quieted = new WeakSet<Speaker>();

/** Keeps libsignal's own lines off a console and lets everything else through. Calling it again changes nothing. */
export function quietLibsignal(speaker: Speaker = globalThis.console): void {
  if (quieted.has(speaker)) return;
  quieted.add(speaker);
  for (const method of methods) {
    const say = speaker[method].bind(speaker);
    speaker[method] = (...said) => {
      const [first] = said;
      if (typeof first === "string" && saidByLibsignal.some(line => first.startsWith(line))) return;
      say(...said);
    };
  }
}
