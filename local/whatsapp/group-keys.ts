import type { Stanza } from "./stanza.ts";

/**
 * Which key each writer of a group encrypts with, which a message says in the clear. WhatsApp's phones take a new one once
 * somebody has left (read: zapo SenderKeyManager); the server does not ask for it, so a writer that
 * does not is only counted.
 */
export class GroupKeys {
  readonly #departures = new Map<string, number>();
  readonly #seen = new Map<string, { keyId: number; departures: number }>();

  /** Somebody is in the group no more. */
  left(group: string): void {
    this.#departures.set(group, this.#departuresOf(group) + 1);
  }

  /** A message to the group: whether its key is one that somebody has who has left. */
  isOutlived(group: string, writer: string, shared: Stanza): boolean {
    const keyId = keyIdOf(shared);
    const name = `${group} ${writer}`;
    const before = this.#seen.get(name);
    const departures = this.#departuresOf(group);
    if (before?.keyId === keyId) return before.departures < departures;
    this.#seen.set(name, { keyId, departures });
    return false;
  }

  #departuresOf(group: string): number {
    return this.#departures.get(group) ?? 0;
  }
}

/** Field 1 of the message behind its version byte, a varint (read: libsignal's SenderKeyMessage). */
function keyIdOf({ content }: Stanza): number {
  if (!(content instanceof Uint8Array)) return -1;
  let value = 0;
  for (const [place, byte] of content.subarray(2, 12).entries()) {
    value += (byte % 128) * 2 ** (7 * place);
    if (byte < 128) break;
  }
  return value;
}
