import { getBinaryNodeChild } from "@whiskeysockets/baileys";
import { isBroadcast } from "./broadcasts.ts";
import type { CompanionMessages } from "./companion-messages.ts";
import type { Connection } from "./connection.ts";
import type { DeviceAddress } from "./device-address.ts";
import type { IqRouter } from "./iq-router.ts";
import { asksForMedia, type MediaRetries } from "./media-retries.ts";
import type { Pairing } from "./pairing.ts";
import type { Phone } from "./phones.ts";
import { type Receipts, receiptIds } from "./receipts.ts";
import { attribute, type Stanza, stanza } from "./stanza.ts";
import { peerOf } from "./stanza-queue.ts";
import type { World } from "./world.ts";

export interface StanzaHandlers {
  readonly pairing: Pairing;
  readonly iqs: IqRouter;
  readonly messages: CompanionMessages;
  readonly receipts: Receipts;
  readonly media: MediaRetries;
}

/** Takes what a client sends to the part that answers it. */
export class StanzaRouter {
  readonly #world: World;
  readonly #handlers: StanzaHandlers;

  constructor(world: World, handlers: StanzaHandlers) {
    this.#world = world;
    this.#handlers = handlers;
  }

  route(connection: Connection, received: Stanza): Promise<void> | void {
    const { address } = connection;
    if (!address) {
      this.#handlers.pairing.received(connection, received);
      return;
    }
    const phone = this.#world.phones.find(address.number);
    if (!phone) return;
    switch (received.tag) {
      case "iq":
        this.#handlers.iqs.answer({ connection, address, phone }, received);
        return;
      case "message":
        this.#handlers.messages.accept(connection, address, received);
        return;
      case "receipt":
        return this.#receipt(connection, phone, address, received);
      case "ack":
        this.#ack(connection, address, received);
        return;
      case "ib":
        return askForMail(connection, received);
      case "presence":
      case "chatstate":
        // Nothing here depends on who is online or typing.
        return;
      default:
        this.#world.log.warn("client sent a stanza of no known kind", { tag: received.tag });
    }
  }

  async #receipt(connection: Connection, phone: Phone, address: DeviceAddress, receipt: Stanza): Promise<void> {
    const id = attribute(receipt, "id");
    const { type, to } = receipt.attrs;
    if (asksForMedia(receipt)) {
      connection.send(stanza("ack", { class: "receipt", id, from: to, type }));
      return this.#handlers.media.answer(phone, address.device, receipt);
    }
    if (type === "retry") {
      connection.retried.add(id);
      this.#world.queue.settleMessage(address, id);
      this.#handlers.receipts.retryFromCompanion(phone, address.device, receipt);
    } else {
      for (const settled of receiptIds(receipt)) this.#settleMessage(address, settled);
      if (to && type !== "sender" && type !== "peer_msg" && type !== "hist_sync") {
        this.#handlers.receipts.fromCompanion(phone, address.device, receipt);
      }
    }
    connection.send(stanza("ack", { class: "receipt", id, from: to, type }));
  }

  #ack(connection: Connection, address: DeviceAddress, ack: Stanza): void {
    const id = attribute(ack, "id");
    const { class: stanzaClass = "", type = "", to = "", participant, error } = ack.attrs;
    if (stanzaClass !== "message") {
      this.#world.queue.settle(address, { class: stanzaClass, id, type, peer: peerOf(to, participant) });
      return;
    }
    // A client that asks for a message again sends a nack for the first try as well; by then the resend may be queued.
    const isNackOfRetried = error !== undefined && connection.retried.delete(id);
    if (error !== undefined && isBroadcast(to)) this.#world.queue.holdBack(address, id);
    else if (isBroadcast(to)) this.#world.queue.settleMessage(address, id);
    else if (!isNackOfRetried) this.#settleMessage(address, id);
    connection.mailbox.pump();
  }

  #settleMessage(address: DeviceAddress, id: string): void {
    if (this.#world.queue.settleMessage(address, id)) this.#world.stats.messagesDelivered++;
  }
}

/** A client asks for a window of its offline queue; what else it says by `<ib>` is telemetry, which has no reader. */
function askForMail(connection: Connection, ib: Stanza): void {
  const batch = getBinaryNodeChild(ib, "offline_batch");
  if (batch) connection.mailbox.request(Number(attribute(batch, "count")));
}
