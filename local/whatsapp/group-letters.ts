import { getBinaryNodeChild } from "@whiskeysockets/baileys";
import type { DeviceAddress } from "./device-address.ts";
import type { Group } from "./groups.ts";
import type { LinkedDevices } from "./linked-devices.ts";
import { type MessageEnvelope, messageLetter } from "./message-letter.ts";
import type { Letter } from "./post-office.ts";
import type { Stanza } from "./stanza.ts";

export interface AddressedCiphertext {
  readonly to: DeviceAddress;
  readonly enc: Stanza;
}

/** Every device of everybody in a group, but the one that writes. */
export function devicesIn(devices: LinkedDevices, group: Group, writer: DeviceAddress): DeviceAddress[] {
  return group.members
    .flatMap(({ number }) => [{ number, device: 0 }, ...devices.of(number).map(({ device }) => ({ number, device }))])
    .filter(({ number, device }) => number !== writer.number || device !== writer.device);
}

/**
 * A group message as each device gets it: what is encrypted to the whole group, behind the key to it where the writer
 * has made one for this device. A message to one device alone is one that it asked for again.
 */
export function groupLetters(
  envelope: MessageEnvelope,
  devices: readonly DeviceAddress[],
  { own, shared }: { own: readonly AddressedCiphertext[]; shared: Stanza },
): Letter[] {
  return devices.map(to => {
    const key = own.find(({ to: { number, device } }) => number === to.number && device === to.device);
    return messageLetter(envelope, to, ...(key ? [key.enc] : []), shared);
  });
}

/** What of a companion's message is encrypted to the whole group; undefined for one to a single device. */
export function sharedCiphertext(message: Stanza): Stanza | undefined {
  const enc = getBinaryNodeChild(message, "enc");
  return enc?.attrs.type === "skmsg" ? enc : undefined;
}
