import { proto, type WASocket } from "@whiskeysockets/baileys";
import { isGroup, type Jid } from "../../domain/jid.ts";
import type { FileRequest, OutgoingChange, OutgoingPayload, ReadMessage } from "../whatsapp-port.ts";
import type { AccountFacts } from "./account-facts.ts";
import type { Address, Addresses } from "./addresses.ts";
import { firstContactToken } from "./first-contact-token.ts";
import { openSessionsByNumber } from "./number-sessions.ts";
import { editAttribute, encodedChange, readdressed } from "./outgoing-change.ts";
import type { Recipients } from "./recipients.ts";

interface OutgoingParts {
  readonly sock: WASocket;
  readonly recipients: Recipients;
  readonly addresses: Addresses;
  readonly facts: AccountFacts;
  readonly now: () => number;
}

/** Puts what is written to a chat on the wire, under the name that WhatsApp takes it under. */
export class Outgoing {
  readonly #parts: OutgoingParts;

  constructor(parts: OutgoingParts) {
    this.#parts = parts;
  }

  /** Throws NotOnWhatsApp or GroupUnavailable. */
  async send({ to, waMessageId, payload, again }: OutgoingPayload): Promise<void> {
    const { sock, recipients, addresses, facts, now } = this.#parts;
    await recipients.ready(to, again);
    const address = await addresses.of(to);
    await openSessionsByNumber(sock, address.to);
    const message = readdressed(proto.Message.decode(payload), address.to);
    const additionalAttributes = { ...editAttribute(message), ...recipientAttribute(address) };
    const additionalNodes = isGroup(to) ? [] : await firstContactToken({ sock, facts, nowMs: now() }, address.to);
    await sock.relayMessage(address.to, message, { messageId: waMessageId, additionalAttributes, additionalNodes });
  }

  async encodeChange(change: OutgoingChange): Promise<Uint8Array> {
    const { to } = await this.#parts.addresses.of(change.to);
    return encodedChange({ ...change, to });
  }

  async markRead(chat: Jid, messages: readonly ReadMessage[]): Promise<void> {
    const { sock, recipients, addresses } = this.#parts;
    const { to: remoteJid } = await addresses.of(chat);
    const keys = messages.map(async ({ waMessageId: id, participant }) => {
      const author = participant === null ? {} : { participant: await recipients.namedIn(chat, participant) };
      return { remoteJid, id, fromMe: false, ...author };
    });
    // One receipt per author, whatever they wrote (lib/Utils/generics.js, aggregateMessageKeysNotFromMe).
    await sock.readMessages(await Promise.all(keys));
  }

  /** The request with its chat named as WhatsApp names it. */
  async addressed(asked: FileRequest): Promise<FileRequest> {
    return { ...asked, chat: (await this.#parts.addresses.of(asked.chat)).to };
  }
}

/** What a message to a LID says beside it (whatsmeow send.go, prepareMessageNode). */
function recipientAttribute({ pn }: Address): { peer_recipient_pn?: string } {
  return pn === null ? {} : { peer_recipient_pn: pn };
}
