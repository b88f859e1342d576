import type { proto } from "@whiskeysockets/baileys";
import { type AddressingMode, type DeviceAddress, deviceJidIn, lidJid, phoneJid } from "./device-address.ts";
import { writerJid } from "./hosted.ts";
import type { Phone } from "./phones.ts";
import type { Letter } from "./post-office.ts";
import { type Stanza, stanza, unixSeconds } from "./stanza.ts";

/** A message on its way, before it is addressed to any one device. */
export interface MessageEnvelope {
  readonly id: string;
  readonly type: string;
  /** Says that the message changes another: 1 an edit, 7 a deletion for everyone. */
  readonly edit: string | undefined;
  readonly sender: Phone;
  readonly senderDevice: number;
  /** Who it is written to; undefined for what a person's devices say to each other. */
  readonly recipient: Phone | undefined;
  /** The JID of the group it is written to, which goes by LIDs; undefined for a chat of two. */
  readonly group?: string | undefined;
  readonly mode: AddressingMode;
  readonly category: string | undefined;
  /** What proves to the receiver that the sending companion is the sender's, sent with first messages. */
  readonly deviceIdentity: Stanza | undefined;
  readonly sentAtMs: number;
  /** The other side's companions get `<unavailable/>` and no ciphertext. */
  readonly onlyPhone?: boolean;
  /** What the person's own companions get in its place. */
  readonly toOwn?: proto.IMessage | undefined;
}

/** The `<message>` as one device gets it. A person's own other device is told whom the message was written to. */
export function messageLetter(envelope: MessageEnvelope, to: DeviceAddress, ...encs: Stanza[]): Letter {
  const attributes = {
    id: envelope.id,
    type: envelope.type,
    edit: envelope.edit,
    t: unixSeconds(envelope.sentAtMs),
    notify: envelope.sender.name,
    category: envelope.category,
    ...(envelope.group === undefined ? personalNames(envelope, to) : groupNames(envelope, envelope.group)),
  };
  const content = envelope.deviceIdentity ? [...encs, envelope.deviceIdentity] : encs;
  return { to, stanza: stanza("message", attributes, content) };
}

function groupNames({ sender, senderDevice }: MessageEnvelope, group: string) {
  const participant = writerJid("lid", sender, senderDevice);
  return { from: group, participant, participant_pn: phoneJid(sender.number), addressing_mode: "lid" };
}

function personalNames({ sender, senderDevice, recipient, mode: written }: MessageEnvelope, to: DeviceAddress) {
  const isOwnCopy = to.number === sender.number;
  const isFirstLid = !["number", "hosted"].includes(sender.addressing);
  const byLid = recipient !== undefined && !isOwnCopy && senderDevice === 0 && isFirstLid;
  const mode = byLid ? "lid" : written;
  const names = recipient ? alternateNames(sender, recipient, mode, isOwnCopy) : {};
  if (byLid && sender.addressing === "lid_alone") return { from: lidJid(sender.lid), addressing_mode: mode };
  return {
    from: isOwnCopy ? deviceJidIn(mode, sender, senderDevice) : writerJid(mode, sender, senderDevice),
    ...names,
  };
}

/** The other name of the chat's other side, so that a client learns which LID and number belong together. */
function alternateNames(sender: Phone, recipient: Phone, mode: AddressingMode, isOwnCopy: boolean) {
  if (isOwnCopy) {
    return mode === "lid"
      ? { addressing_mode: mode, recipient: lidJid(recipient.lid), recipient_pn: phoneJid(recipient.number) }
      : { addressing_mode: mode, recipient: phoneJid(recipient.number), peer_recipient_lid: lidJid(recipient.lid) };
  }
  return mode === "lid"
    ? { addressing_mode: mode, sender_pn: phoneJid(sender.number) }
    : { addressing_mode: mode, sender_lid: lidJid(sender.lid) };
}
