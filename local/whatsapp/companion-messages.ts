import { getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys";
import { ackMarks } from "./ack-marks.ts";
import type { Connection } from "./connection.ts";
import { type Destination, destinationOf, isGroup } from "./destination.ts";
import { addressKey, type DeviceAddress, modeOf } from "./device-address.ts";
import { refusedFirstContact } from "./first-contacts.ts";
import { devicesIn, groupLetters, sharedCiphertext } from "./group-letters.ts";
import { isGroupJid, memberOf } from "./groups.ts";
import { type MessageEnvelope, messageLetter } from "./message-letter.ts";
import type { Phone } from "./phones.ts";
import type { Letter, PostOffice } from "./post-office.ts";
import { attribute, childOf, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import { misaddressed } from "./wire-addresses.ts";
import type { World } from "./world.ts";

/** What a message to a group is refused with that there is none, or that the writer is not in or may not write to. */
const NO_SUCH_CHAT = "404";
const NOT_IN_GROUP = "403";
const ONLY_ADMINS = "405";
const STALE_GROUP = "421";

/** Accepts what companions write: each device's own ciphertext goes to that device, a group's to all of the group. */
export class CompanionMessages {
  readonly #world: World;
  readonly #postOffice: PostOffice;

  constructor(world: World, postOffice: PostOffice) {
    this.#world = world;
    this.#postOffice = postOffice;
  }

  /** Keeps the message for all its devices, and only then acknowledges it. */
  accept(connection: Connection, sender: DeviceAddress, message: Stanza): void {
    const nack = this.#refusal(sender, message);
    if (nack !== undefined) {
      this.#world.stats.nacks++;
      connection.send(this.#ack(message, nack));
      return;
    }
    const letters = this.#letters(sender, message);
    const marks = ackMarks(this.#world, sender, message);
    const recipient = this.#world.phones.named(attribute(message, "to"));
    this.#world.database.transaction(() => {
      this.#postOffice.keep(letters);
      if (recipient) this.#world.acquaintances.note(sender.number, recipient.number);
    });
    this.#world.stats.messagesAccepted++;
    connection.send(this.#ack(message, undefined, marks));
    this.#postOffice.dispatch(letters);
  }

  #refusal({ number }: DeviceAddress, message: Stanza): string | undefined {
    const to = attribute(message, "to");
    const address = misaddressed(this.#world, number, message) ?? refusedFirstContact(this.#world, number, message);
    if (address !== undefined) return address;
    const asked = this.#world.faults.takeNack(number);
    if (asked !== undefined || !isGroupJid(to)) return asked;
    const group = this.#world.groups.find(to);
    if (!group) return NO_SUCH_CHAT;
    if (this.#world.faults.staleGroups.has(number)) return STALE_GROUP;
    const member = memberOf(group, number);
    if (!member) return NOT_IN_GROUP;
    return group.announce && member.role === "member" ? ONLY_ADMINS : undefined;
  }

  #ack(message: Stanza, error: string | undefined, marks: Record<string, string | undefined> = {}): Stanza {
    const { id, to } = message.attrs;
    return stanza("ack", { class: "message", id, from: to, t: unixSeconds(this.#world.now()), error, ...marks });
  }

  #letters(address: DeviceAddress, message: Stanza): Letter[] {
    const sender = this.#world.phones.find(address.number);
    if (!sender) return [];
    // A resend to one of the person's own devices names the chat in `recipient`, since `to` is that device.
    const chat = destinationOf(this.#world, message.attrs.recipient ?? attribute(message, "to"));
    const envelope = this.#envelope(sender, address.device, chat, message);
    const own = addressedCiphertexts(message).flatMap(({ jid, enc }) => {
      const to = this.#world.phones.addressOf(jid);
      return to ? [{ to, enc }] : [];
    });
    const shared = sharedCiphertext(message);
    if (chat && isGroup(chat) && shared) {
      if (this.#world.groupKeys.isOutlived(chat.id, addressKey(address), shared)) this.#world.stats.groupKeysOutlived++;
      return groupLetters(envelope, devicesIn(this.#world.devices, chat, address), { own, shared });
    }
    return own.map(({ to, enc }) => messageLetter(envelope, to, enc));
  }

  #envelope(sender: Phone, senderDevice: number, chat: Destination | undefined, message: Stanza): MessageEnvelope {
    const { type = "text", edit, category } = message.attrs;
    const recipient = category === "peer" ? undefined : chat;
    return {
      id: attribute(message, "id"),
      type,
      edit,
      sender,
      senderDevice,
      ...(recipient && isGroup(recipient)
        ? { recipient: undefined, group: recipient.id, mode: "lid" }
        : { recipient, mode: modeOf(attribute(message, "to")) }),
      category,
      deviceIdentity: getBinaryNodeChild(message, "device-identity"),
      sentAtMs: this.#world.now(),
    };
  }
}

/**
 * A fan-out carries a ciphertext per device; a resend and a message between own devices carry one for `to` itself, or
 * in a group for the `participant`.
 */
function addressedCiphertexts(message: Stanza): { jid: string; enc: Stanza }[] {
  const participants = getBinaryNodeChild(message, "participants");
  if (participants) {
    return getBinaryNodeChildren(participants, "to").map(to => ({
      jid: attribute(to, "jid"),
      enc: childOf(to, "enc"),
    }));
  }
  const enc = getBinaryNodeChild(message, "enc");
  return enc ? [{ jid: message.attrs.participant ?? attribute(message, "to"), enc }] : [];
}
