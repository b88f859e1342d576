import type { DeviceAddress } from "./device-address.ts";
import type { Stanza } from "./stanza.ts";
import type { World } from "./world.ts";

export interface Letter {
  readonly to: DeviceAddress;
  readonly stanza: Stanza;
}

/**
 * Takes stanzas to devices. `keep` is the half that must not be lost and belongs into the sender's transaction;
 * `dispatch` is the half that tells whoever is there, and comes after the commit.
 */
export class PostOffice {
  readonly #world: World;
  /** Called when something waits for a phone itself. */
  onPhoneMail: (number: string) => void = () => {};

  constructor(world: World) {
    this.#world = world;
  }

  keep(letters: readonly Letter[]): void {
    for (const { to, stanza } of letters) if (this.#exists(to)) this.#world.queue.add(to, this.#spoil(to, stanza));
  }

  dispatch(letters: readonly Letter[]): void {
    for (const { to } of letters) {
      if (to.device === 0) this.onPhoneMail(to.number);
      else this.#world.live.of(to)?.mailbox.pump();
    }
  }

  post(letters: readonly Letter[]): void {
    this.#world.database.transaction(() => this.keep(letters));
    this.dispatch(letters);
  }

  /** A client may still write to a device that was unlinked since it asked for the list. */
  #exists(address: DeviceAddress): boolean {
    return address.device === 0 || this.#world.devices.find(address) !== undefined;
  }

  /** Breaks a message to a companion where a fault asks for it; a person's own copies stay whole. */
  #spoil(to: DeviceAddress, stanza: Stanza): Stanza {
    const isInbound = stanza.tag === "message" && to.device !== 0 && !stanza.attrs.recipient && !stanza.attrs.category;
    if (!isInbound || !this.#world.faults.takeCorruption(to.number)) return stanza;
    this.#world.log.info("message corrupted on request", { device: to.device, messageId: stanza.attrs.id });
    return {
      ...stanza,
      content: Array.isArray(stanza.content) ? stanza.content.map(corruptCiphertext) : stanza.content,
    };
  }
}

/**
 * Flips bytes near the end, which in a plain message and in the message inside a pre-key message are ciphertext or MAC:
 * the keys in front of it stay readable, and the device says "Bad MAC".
 */
function corruptCiphertext(node: Stanza): Stanza {
  if (node.tag !== "enc" || !(node.content instanceof Uint8Array)) return node;
  const content = Buffer.from(node.content);
  for (let index = Math.max(0, content.length - 16); index < content.length - 12; index++) {
    content.writeUInt8(content.readUInt8(index) ^ 0xff, index);
  }
  return { ...node, content };
}
