import { randomBytes } from "node:crypto";
import { encodeWAMessage, type proto } from "@whiskeysockets/baileys";
import { channelPost, STATUSES } from "./broadcasts.ts";
import { chatJid, type Destination, destinationOf, isGroup } from "./destination.ts";
import { type DeviceAddress, deviceJid, lidJid, phoneJid } from "./device-address.ts";
import { type AddressedCiphertext, devicesIn, groupLetters } from "./group-letters.ts";
import type { Group } from "./groups.ts";
import { historySyncMessages } from "./history-sync.ts";
import { type KeyBundle, signalSession } from "./key-bundle.ts";
import type { KeyDirectory } from "./key-directory.ts";
import { isPeerMessage, messageKind } from "./message-kind.ts";
import { type MessageEnvelope, messageLetter } from "./message-letter.ts";
import type { PhoneTasks } from "./phone-tasks.ts";
import type { Phone } from "./phones.ts";
import type { Letter, PostOffice } from "./post-office.ts";
import { newMessageSecret } from "./sealed-changes.ts";
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
  readonly to: Destination;
  readonly message: proto.IMessage;
  readonly automatic: boolean;
  /** What the person's own companions get in its place. */
  readonly toOwn?: proto.IMessage;
  /** Whether only the other side's phone gets what it says; its companions are told that it came. */
  readonly onlyPhone?: boolean;
  /** When the stanza says it was written; now unless told. */
  readonly sentAtMs?: number | undefined;
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
  async send(phone: Phone, outgoing: OutgoingMessage, record: () => void = () => {}): Promise<string> {
    if (!isGroup(outgoing.to) && this.#world.ambient.isDue(outgoing.to.number))
      await this.#postBoth(phone, outgoing.to);
    const { to, toOwn, automatic, sentAtMs, onlyPhone = false } = outgoing;
    const message = withSecret(outgoing.message);
    const sent: SentMessage = { id: newMessageId(), chat: chatJid(to), message, automatic };
    return this.#tasks.run(phone.number, async () => {
      if (isGroup(to)) {
        const devices = devicesIn(this.#world.devices, to, { number: phone.number, device: 0 });
        await this.#sendToGroup(phone, to, devices, sent, record);
        return sent.id;
      }
      const noted = () => {
        this.#world.acquaintances.note(phone.number, to.number);
        record();
      };
      const recipients = [...this.#devicesOf(to.number), ...this.#companionsOf(phone.number)];
      const targets = to.number === phone.number ? this.#companionsOf(phone.number) : recipients;
      const envelope = { ...this.#envelope(phone, sent, to, sentAtMs), onlyPhone, toOwn };
      await this.#send(phone, targets, envelope, sent, noted);
      return sent.id;
    });
  }

  /** Posts a status that a person's companions see, and gives its id. */
  postStatus(phone: Phone, audience: Phone, text: string): Promise<string> {
    const message = { extendedTextMessage: { text } };
    const sent: SentMessage = { id: newMessageId(), chat: STATUSES.id, message, automatic: true };
    return this.#tasks.run(phone.number, async () => {
      await this.#sendToGroup(phone, STATUSES, this.#companionsOf(audience.number), sent, () => {});
      return sent.id;
    });
  }

  async #postBoth(phone: Phone, audience: Phone): Promise<void> {
    const companions = this.#companionsOf(audience.number);
    if (companions.length === 0) return;
    await this.postStatus(phone, audience, "a status");
    this.#postOffice.post(companions.map(to => channelPost(to, "a post", this.#world.now())));
  }

  /** Tells a companion what the phone knows from before. Baileys holds back its events until this came, or for 20 s. */
  sendHistory(phone: Phone, device: number, record: () => void): Promise<void> {
    return this.#tasks.run(phone.number, async () => {
      const messages = await historySyncMessages(this.#world, phone);
      for (const [place, message] of messages.entries()) {
        const sent: SentMessage = { id: newMessageId(), chat: phoneJid(phone.number), message, automatic: true };
        const envelope = { ...this.#envelope(phone, sent, undefined), category: "peer" };
        const done = place === messages.length - 1 ? record : () => {};
        await this.#send(phone, [{ number: phone.number, device }], envelope, sent, done);
      }
    });
  }

  /** Tells one of the person's own devices something that is no message of a chat. */
  tell(phone: Phone, device: number, message: proto.IMessage, record: () => void): Promise<void> {
    return this.#tasks.run(phone.number, () => {
      const sent: SentMessage = { id: newMessageId(), chat: phoneJid(phone.number), message, automatic: true };
      const envelope = { ...this.#envelope(phone, sent, undefined), category: "peer" };
      return this.#send(phone, [{ number: phone.number, device }], envelope, sent, record);
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
    const isPeer = isPeerMessage(sent.message);
    const recipient = isPeer ? undefined : destinationOf(this.#world, sent.chat);
    const inGroup = recipient && isGroup(recipient);
    const again = inGroup
      ? { ...sent.message, ...(await keyTo(unit, recipient, phone)) }
      : messageFor(phone, request.device, sent, undefined);
    const enc = await this.#encrypt(unit, request.device, again, request.count);
    const envelope = { ...this.#envelope(phone, sent, recipient), category: isPeer ? "peer" : undefined };
    const letters = [messageLetter(envelope, request.device, enc)];
    unit.commit(() => {
      this.#postOffice.keep(letters);
      record();
    });
    this.#postOffice.dispatch(letters);
  }

  /** Encrypted once for all, and the key to it once for each device that does not have it yet. */
  async #sendToGroup(
    phone: Phone,
    group: Group,
    devices: readonly DeviceAddress[],
    sent: SentMessage,
    record: () => void,
  ): Promise<void> {
    const { groups } = this.#world;
    const unit = this.#openUnit(phone);
    const meId = lidJid(phone.lid);
    const newHolders = devices.filter(device => !groups.holdsKeyOf(group.id, phone.number, device));
    // The key first: what it opens begins with the next message.
    const key = newHolders.length > 0 ? await keyTo(unit, group, phone) : {};
    const own: AddressedCiphertext[] = [];
    for (const to of newHolders) own.push({ to, enc: await this.#encrypt(unit, to, key, undefined) });
    const data = encodeWAMessage(sent.message);
    const { ciphertext } = await unit.repository.encryptGroupMessage({ group: group.id, meId, data });
    const shared = stanza("enc", { v: "2", type: "skmsg" }, ciphertext);
    const letters = groupLetters(this.#envelope(phone, sent, group), devices, { own, shared });
    unit.commit(() => {
      for (const holder of newHolders) groups.noteKeyHolder(group.id, phone.number, holder);
      this.#world.sent.record(phone.number, sent, new Date(this.#world.now()).toISOString());
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
      const isTold = envelope.onlyPhone === true && target.device !== 0 && target.number !== phone.number;
      const content = isTold
        ? stanza("unavailable")
        : await this.#encrypt(unit, target, messageFor(phone, target, sent, envelope.toOwn), undefined);
      letters.push(messageLetter(envelope, target, content));
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

  #envelope(
    sender: Phone,
    { id, message }: SentMessage,
    to: Destination | undefined,
    sentAtMs = this.#world.now(),
  ): MessageEnvelope {
    const unused = { category: undefined, deviceIdentity: undefined };
    const written = { id, ...messageKind(message), sender, senderDevice: 0, sentAtMs, ...unused };
    if (to && isGroup(to)) return { ...written, recipient: undefined, group: to.id, mode: "lid" };
    return { ...written, recipient: to, mode: "pn" };
  }

  #devicesOf(number: string): DeviceAddress[] {
    return [{ number, device: 0 }, ...this.#companionsOf(number)];
  }

  #companionsOf(number: string): DeviceAddress[] {
    return this.#world.devices.of(number).map(({ device }) => ({ number, device }));
  }
}

/** A person's own companions get the message wrapped, with the chat it was written to; what is only for them stays bare. */
function messageFor(
  phone: Phone,
  target: DeviceAddress,
  sent: SentMessage,
  toOwn: proto.IMessage | undefined,
): proto.IMessage {
  if (target.number !== phone.number || isPeerMessage(sent.message)) return sent.message;
  const message = toOwn ?? sent.message;
  const { messageContextInfo } = message;
  return { deviceSentMessage: { destinationJid: sent.chat, message }, messageContextInfo };
}

/** Every message that says something by itself carries a secret (read: whatsmeow, message.go, storeMessageSecret). */
function withSecret(message: proto.IMessage): proto.IMessage {
  if (message.protocolMessage || message.reactionMessage) return message;
  return { ...message, messageContextInfo: { messageSecret: newMessageSecret(), ...message.messageContextInfo } };
}

/** The part of a message that gives a device the key to what a phone writes to a group from now on. */
async function keyTo({ repository }: SignalUnit, { id }: Group, { lid }: Phone): Promise<proto.IMessage> {
  const axolotlSenderKeyDistributionMessage = await repository.getSenderKeyDistributionMessage({
    group: id,
    meId: lidJid(lid),
  });
  return { senderKeyDistributionMessage: { groupId: id, axolotlSenderKeyDistributionMessage } };
}

/** Ids of messages written on a phone start with 3A and are 20 characters long. */
function newMessageId(): string {
  return `3A${randomBytes(9).toString("hex").toUpperCase()}`;
}
