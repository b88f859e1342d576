import { getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys";
import type { Connection } from "./connection.ts";
import { type DeviceAddress, modeOf } from "./device-address.ts";
import { type MessageEnvelope, messageLetter } from "./message-letter.ts";
import type { Phone } from "./phones.ts";
import type { Letter, PostOffice } from "./post-office.ts";
import { attribute, childOf, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

/** What a refused group message is answered with until groups exist here. */
const NO_SUCH_CHAT = "404";

/** Accepts what companions write: each device's own ciphertext goes to that device. */
export class CompanionMessages {
  readonly #world: World;
  readonly #postOffice: PostOffice;

  constructor(world: World, postOffice: PostOffice) {
    this.#world = world;
    this.#postOffice = postOffice;
  }

  /** Keeps the message for all its devices, and only then acknowledges it. */
  accept(connection: Connection, sender: DeviceAddress, message: Stanza): void {
    const nack = this.#refusal(sender, attribute(message, "to"));
    if (nack !== undefined) {
      this.#world.stats.nacks++;
      connection.send(this.#ack(message, nack));
      return;
    }
    const letters = this.#letters(sender, message);
    this.#world.database.transaction(() => this.#postOffice.keep(letters));
    this.#world.stats.messagesAccepted++;
    connection.send(this.#ack(message, undefined));
    this.#postOffice.dispatch(letters);
  }

  #refusal(sender: DeviceAddress, to: string): string | undefined {
    return this.#world.faults.takeNack(sender.number) ?? (to.endsWith("@g.us") ? NO_SUCH_CHAT : undefined);
  }

  #ack(message: Stanza, error: string | undefined): Stanza {
    const { id, to } = message.attrs;
    return stanza("ack", { class: "message", id, from: to, t: unixSeconds(this.#world.now()), error });
  }

  #letters(address: DeviceAddress, message: Stanza): Letter[] {
    const sender = this.#world.phones.find(address.number);
    if (!sender) return [];
    const envelope = this.#envelope(sender, address.device, message);
    return addressedCiphertexts(message).flatMap(({ jid, enc }) => {
      const to = this.#world.phones.addressOf(jid);
      return to ? [messageLetter(envelope, to, enc)] : [];
    });
  }

  #envelope(sender: Phone, senderDevice: number, message: Stanza): MessageEnvelope {
    const { type = "text", edit, category } = message.attrs;
    const to = attribute(message, "to");
    // A resend to one of the person's own devices names the chat in `recipient`, since `to` is that device.
    const chat = message.attrs.recipient ?? to;
    return {
      id: attribute(message, "id"),
      type,
      edit,
      sender,
      senderDevice,
      recipient: category === "peer" ? undefined : this.#world.phones.named(chat),
      mode: modeOf(to),
      category,
      deviceIdentity: getBinaryNodeChild(message, "device-identity"),
      sentAtMs: this.#world.now(),
    };
  }
}

/** A fan-out carries a ciphertext per device; a resend and a message between own devices carry one for `to` itself. */
function addressedCiphertexts(message: Stanza): { jid: string; enc: Stanza }[] {
  const participants = getBinaryNodeChild(message, "participants");
  if (participants) {
    return getBinaryNodeChildren(participants, "to").map(to => ({
      jid: attribute(to, "jid"),
      enc: childOf(to, "enc"),
    }));
  }
  const enc = getBinaryNodeChild(message, "enc");
  return enc ? [{ jid: attribute(message, "to"), enc }] : [];
}
