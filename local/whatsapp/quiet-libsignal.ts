/**
 * What libsignal says on the console, past any logger, some of it with key material (node_modules/libsignal/src). A
 * decryption that fails is an everyday event here: the device asks for the message again.
 */
const LIBSIGNAL_LINES = [
  "Failed to decrypt message with any known session",
  "Session error:",
  "Decrypted message with closed session",
  "Closing open session in favor of incoming prekey bundle",
  "Closing session:",
  "Opening session:",
  "Session already closed",
  "Session already open",
  "Removing old closed session:",
  "Migrating session to:",
  "V1 session storage migration error",
];

const LEVELS = ["error", "warn", "info"] as const;

type QuietableConsole = Record<(typeof LEVELS)[number], (...lines: unknown[]) => void>;

const alreadyQuiet = new WeakSet<QuietableConsole>();

/** Drops libsignal's own lines from the console and lets every other through. Calling it again changes nothing. */
export function quietLibsignal(target: QuietableConsole = globalThis.console): void {
  if (alreadyQuiet.has(target)) return;
  alreadyQuiet.add(target);
  for (const level of LEVELS) {
    const write = target[level].bind(target);
    target[level] = (...lines) => {
      if (!isLibsignalLine(lines[0])) write(...lines);
    };
  }
}

function isLibsignalLine(line: unknown): boolean {
  return typeof line === "string" && LIBSIGNAL_LINES.some(known => line.startsWith(known));
}
