import { randomBytes } from "node:crypto";
import { encodeWAMessage, type proto } from "@whiskeysockets/baileys";
import { type DeviceAddress, deviceJid, phoneJid } from "./device-address.ts";
import { historySyncMessage } from "./history-sync.ts";
import { type KeyBundle, signalSession } from "./key-bundle.ts";
import type { KeyDirectory } from "./key-directory.ts";
import { isPeerMessage, messageKind } from "./message-kind.ts";
import { type MessageEnvelope, messageLetter } from "./message-letter.ts";
import type { PhoneTasks } from "./phone-tasks.ts";
import type { Phone } from "./phones.ts";
import type { Letter, PostOffice } from "./post-office.ts";
import type { SentMessage } from "./sent-messages.ts";
import { SignalUnit } from "./signal-unit.ts";
import { type Stanza, stanza } from "./stanza.ts";
import type { World } from "./world.ts";

/** A device asks for a message again that it could not decrypt. */
export interface ResendRequest {
  readonly id: string;
  readonly count: string;
  readonly device: DeviceAddress;
  /** The keys that the request brought along, if it did. */
  readonly bundle: KeyBundle | undefined;
}

export interface OutgoingMessage {
  readonly to: Phone;
  readonly message: proto.IMessage;
  readonly automatic: boolean;
}

export type OutgoingText = Omit<OutgoingMessage, "message"> & { readonly text: string };

/** What a simulated phone writes: encrypted for each device of the other side and for the person's own companions. */
export class PhoneOutbox {
  readonly #world: World;
  readonly #postOffice: PostOffice;
  readonly #keys: KeyDirectory;
  readonly #tasks: PhoneTasks;

  constructor(world: World, postOffice: PostOffice, keys: KeyDirectory, tasks: PhoneTasks) {
    this.#world = world;
    this.#postOffice = postOffice;
    this.#keys = keys;
    this.#tasks = tasks;
  }

  /** Sends a text and gives its message id. `record` is written in the same transaction as the message. */
  sendText(phone: Phone, { text, ...more }: OutgoingText, record: () => void = () => {}): Promise<string> {
    return this.send(phone, { ...more, message: { conversation: text } }, record);
  }

  /** Sends anything, likewise. */
  send(phone: Phone, outgoing: OutgoingMessage, record: () => void = () => {}): Promise<string> {
    const { to, message, automatic } = outgoing;
    const sent: SentMessage = { id: newMessageId(), chat: phoneJid(to.number), message, automatic };
    return this.#tasks.run(phone.number, async () => {
      const recipients = [...this.#devicesOf(to.number), ...this.#companionsOf(phone.number)];
      const targets = to.number === phone.number ? this.#companionsOf(phone.number) : recipients;
      await this.#send(phone, targets, this.#envelope(phone, sent, to), sent, record);
      return sent.id;
    });
  }

  /** Tells a companion what the phone knows from before. Baileys holds back its events until this came, or for 20 s. */
  sendHistory(phone: Phone, device: number, record: () => void): Promise<void> {
    return this.#tasks.run(phone.number, async () => {
      const message = historySyncMessage(this.#world, phone);
      const sent: SentMessage = { id: newMessageId(), chat: phoneJid(phone.number), message, automatic: true };
      const envelope = { ...this.#envelope(phone, sent, undefined), category: "peer" };
      await this.#send(phone, [{ number: phone.number, device }], envelope, sent, record);
    });
  }

  /** Encrypts a message again, over a new session, for the one device that could not read it. */
  resend(phone: Phone, request: ResendRequest, record: () => void): Promise<void> {
    return this.#tasks.run(phone.number, () => this.#resend(phone, request, record));
  }

  async #resend(phone: Phone, request: ResendRequest, record: () => void): Promise<void> {
    const sent = this.#world.sent.find(phone.number, request.id);
    const bundle = request.bundle ?? this.#keys.takeBundle(request.device);
    if (!sent || !bundle) {
      this.#world.log.warn("message cannot be sent again", { messageId: request.id, known: sent !== undefined });
      this.#world.database.transaction(record);
      return;
    }
    const unit = this.#openUnit(phone);
    await unit.repository.injectE2ESession({ jid: deviceJid(request.device), session: signalSession(bundle) });
    const enc = await this.#encrypt(unit, request.device, messageFor(phone, request.device, sent), request.count);
    const isPeer = isPeerMessage(sent.message);
    const recipient = isPeer ? undefined : this.#world.phones.named(sent.chat);
    const envelope = { ...this.#envelope(phone, sent, recipient), category: isPeer ? "peer" : undefined };
    const letters = [messageLetter(envelope, request.device, enc)];
    unit.commit(() => {
      this.#postOffice.keep(letters);
      record();
    });
    this.#postOffice.dispatch(letters);
  }

  async #send(
    phone: Phone,
    targets: readonly DeviceAddress[],
    envelope: MessageEnvelope,
    sent: SentMessage,
    record: () => void,
  ): Promise<void> {
    const unit = this.#openUnit(phone);
    const letters: Letter[] = [];
    for (const target of targets) {
      const enc = await this.#encrypt(unit, target, messageFor(phone, target, sent), undefined);
      letters.push(messageLetter(envelope, target, enc));
    }
    unit.commit(() => {
      this.#world.sent.record(phone.number, sent, new Date(this.#world.now()).toISOString());
      this.#postOffice.keep(letters);
      record();
    });
    this.#postOffice.dispatch(letters);
  }

  async #encrypt(
    unit: SignalUnit,
    target: DeviceAddress,
    message: proto.IMessage,
    count: string | undefined,
  ): Promise<Stanza> {
    const jid = deviceJid(target);
    const { exists } = await unit.repository.validateSession(jid);
    const bundle = exists ? undefined : this.#keys.takeBundle(target);
    if (bundle) await unit.repository.injectE2ESession({ jid, session: signalSession(bundle) });
    const { type, ciphertext } = await unit.repository.encryptMessage({ jid, data: encodeWAMessage(message) });
    return stanza("enc", { v: "2", type, count }, ciphertext);
  }

  #openUnit(phone: Phone): SignalUnit {
    return new SignalUnit(this.#world.database, phone.number, this.#world.phones.credentials(phone.number));
  }

  #envelope(sender: Phone, { id, message }: SentMessage, recipient: Phone | undefined): MessageEnvelope {
    const sentAtMs = this.#world.now();
    const unused = { category: undefined, deviceIdentity: undefined };
    return { id, ...messageKind(message), sender, senderDevice: 0, recipient, mode: "pn", sentAtMs, ...unused };
  }

  #devicesOf(number: string): DeviceAddress[] {
    return [{ number, device: 0 }, ...this.#companionsOf(number)];
  }

  #companionsOf(number: string): DeviceAddress[] {
    return this.#world.devices.of(number).map(({ device }) => ({ number, device }));
  }
}

/** A person's own companions get the message wrapped, with the chat it was written to; what is only for them stays bare. */
function messageFor(phone: Phone, target: DeviceAddress, sent: SentMessage): proto.IMessage {
  if (target.number !== phone.number || isPeerMessage(sent.message)) return sent.message;
  return { deviceSentMessage: { destinationJid: sent.chat, message: sent.message } };
}

/** Ids of messages written on a phone start with 3A and are 20 characters long. */
function newMessageId(): string {
  return `3A${randomBytes(9).toString("hex").toUpperCase()}`;
}
