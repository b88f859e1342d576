import { getBinaryNodeChildren, normalizeMessageContent, proto, unpadRandomMax16 } from "@whiskeysockets/baileys";
import type { Chore } from "./chores.ts";
import { type AddressingMode, type DeviceAddress, deviceJid, modeOf, phoneJid } from "./device-address.ts";
import { isGroupJid } from "./groups.ts";
import { writerJid } from "./hosted.ts";
import { KEY_TYPE, keyBundleNodes, readRetryBundle } from "./key-bundle.ts";
import { shownMentions } from "./mentions.ts";
import { changesAnother, messageContent } from "./message-content.ts";
import { placeholdersIn } from "./phone-answers.ts";
import type { PhoneChores } from "./phone-chores.ts";
import { attachmentOf, type ReceivedMedia, readAttachment } from "./phone-media.ts";
import type { PhoneOutbox } from "./phone-outbox.ts";
import type { PhoneTasks } from "./phone-tasks.ts";
import type { Phone } from "./phones.ts";
import type { PostOffice } from "./post-office.ts";
import { unsealedEdit } from "./sealed-changes.ts";
import { SignalUnit } from "./signal-unit.ts";
import { attribute, bigEndian, childOf, MalformedStanza, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { QueuedStanza } from "./stanza-queue.ts";
import { namesOtherChat } from "./wire-addresses.ts";
import type { World } from "./world.ts";

const RETRIES_MAX = 5;
/** libsignal's words for a message key that was used before, between two and in a group: the same ciphertext came twice. */
const ALREADY_DECRYPTED = ["Key used already or never filled", "Received message with old counter"];

interface InboundMessage {
  readonly stanza: Stanza;
  readonly seq: number;
  readonly id: string;
  readonly sender: DeviceAddress;
  readonly mode: AddressingMode;
  /** The group that it was written to; undefined in a chat of two. */
  readonly group: string | undefined;
}

/** What arrives at a simulated phone itself: it decrypts messages, keeps them, and answers pleas for a resend. */
export class PhoneInbox {
  readonly #world: World;
  readonly #postOffice: PostOffice;
  readonly #outbox: PhoneOutbox;
  readonly #chores: PhoneChores;
  readonly #tasks: PhoneTasks;
  readonly #awake = new Set<string>();
  #closed = false;

  constructor(world: World, postOffice: PostOffice, outbox: PhoneOutbox, chores: PhoneChores, tasks: PhoneTasks) {
    this.#world = world;
    this.#postOffice = postOffice;
    this.#outbox = outbox;
    this.#chores = chores;
    this.#tasks = tasks;
  }

  /** Sees to whatever waits for the phone, one after the other, while it is online. */
  wake(number: string): void {
    if (this.#closed || this.#awake.has(number)) return;
    this.#awake.add(number);
    void this.#drain(number);
  }

  close(): void {
    this.#closed = true;
  }

  async #drain(number: string): Promise<void> {
    for (;;) {
      const next = this.#next(number);
      if (!next) break;
      try {
        await this.#handle(next.phone, next.queued);
      } catch (error) {
        // Kept, it would stop everything behind it for ever; what it was stands in the log.
        this.#world.log.error("phone could not handle a stanza", { error, tag: next.queued.stanza.tag });
        this.#world.queue.remove(next.queued.seq);
      }
    }
    this.#awake.delete(number);
  }

  #next(number: string): { phone: Phone; queued: QueuedStanza } | undefined {
    if (this.#closed) return undefined;
    const phone = this.#world.phones.find(number);
    const [queued] = phone?.online ? this.#world.queue.after({ number, device: 0 }, 0, 1) : [];
    return phone && queued && { phone, queued };
  }

  #handle(phone: Phone, { seq, stanza: queued }: QueuedStanza): Promise<void> {
    const from = attribute(queued, "from");
    const group = isGroupJid(from) ? from : undefined;
    const author = group === undefined ? from : attribute(queued, "participant");
    const sender = this.#world.phones.addressOf(author);
    if (!sender) throw new MalformedStanza(`<${queued.tag}> is from nobody`);
    if (queued.tag === "receipt") return this.#resend(phone, seq, queued, sender);
    const inbound = { stanza: queued, seq, id: attribute(queued, "id"), sender, mode: modeOf(author), group } as const;
    return this.#tasks.run(phone.number, () => this.#receive(phone, inbound));
  }

  #resend(phone: Phone, seq: number, receipt: Stanza, device: DeviceAddress): Promise<void> {
    const count = childOf(receipt, "retry").attrs.count ?? "1";
    const request = { id: attribute(receipt, "id"), count, device, bundle: readRetryBundle(receipt) };
    return this.#outbox.resend(phone, request, () => this.#world.queue.remove(seq));
  }

  async #receive(phone: Phone, inbound: InboundMessage): Promise<void> {
    const unit = new SignalUnit(this.#world.database, phone.number, this.#world.phones.credentials(phone.number));
    let message: proto.IMessage;
    try {
      message = await decrypt(unit, inbound);
    } catch (error) {
      this.#failToDecrypt(phone, inbound, error);
      return;
    }
    const writer = this.#world.phones.find(inbound.sender.number);
    if (writer) message = unsealedEdit(this.#world, writer, message);
    const media = await this.#readMedia(message);
    unit.commit(() => {
      this.#keep(phone, inbound, message, media);
      this.#world.queue.remove(inbound.seq);
    });
    this.#world.stats.messagesDelivered++;
    this.#chores.wake();
  }

  /** A file that cannot be read leaves its message without one, as on a phone; why stands in the log. */
  async #readMedia(message: proto.IMessage): Promise<ReceivedMedia | undefined> {
    const content = normalizeMessageContent(message.deviceSentMessage?.message ?? message);
    const attachment = content && attachmentOf(content);
    if (!attachment) return undefined;
    try {
      return await readAttachment(this.#world.media.files, attachment);
    } catch (error) {
      this.#world.log.warn("phone could not read the file of a message", { error, kind: attachment.kind });
      return undefined;
    }
  }

  #keep(
    phone: Phone,
    { id, sender, mode, group }: InboundMessage,
    message: proto.IMessage,
    media: ReceivedMedia | undefined,
  ): void {
    const isOwn = sender.number === phone.number;
    if (!isOwn && group === undefined && namesOtherChat(message, mode)) return;
    const chat = group ?? (isOwn ? this.#ownChat(message) : phoneJid(sender.number));
    const said = messageContent(message.deviceSentMessage?.message ?? message);
    const content = said && shownMentions(this.#world.phones, said);
    const arrival = { number: phone.number, sender: phoneJid(sender.number), id, chat, mode };
    const receivedAt = new Date(this.#world.now()).toISOString();
    const copies = content ? this.#world.received.record({ ...arrival, content, media, receivedAt }) : 0;
    const asked = isOwn ? placeholdersIn(message) : [];
    if (asked.length > 0) {
      this.#plan(phone, 0, { kind: "tell", device: sender.device, requestId: id, ids: asked });
    }
    if (isOwn) return;
    const to = deviceJid({ number: sender.number, device: 0 });
    const later = phone.deliveryDelayMs;
    this.#plan(phone, later, { kind: "delivered", to, id, mode, group });
    if (content && !changesAnother(content) && phone.readsMessages)
      this.#plan(phone, 2 * later, { kind: "read", to, id, mode, group });
    const isFirst = copies === 1 && content?.type === "text";
    const asksForReply = isFirst && group === undefined && !this.#isAutomatic(sender, id);
    if (asksForReply && phone.repliesWith !== null) {
      this.#plan(phone, 2 * later, { kind: "reply", to, text: phone.repliesWith });
    }
  }

  #plan(phone: Phone, delayMs: number, chore: Chore): void {
    this.#world.chores.add(phone.number, this.#world.now() + delayMs, chore);
  }

  #ownChat(message: proto.IMessage): string {
    const jid = message.deviceSentMessage?.destinationJid ?? "";
    const person = this.#world.phones.named(jid);
    return person ? phoneJid(person.number) : jid;
  }

  /** Two phones that answer by themselves must not answer each other for ever. */
  #isAutomatic(sender: DeviceAddress, id: string): boolean {
    return this.#world.sent.find(sender.number, id)?.automatic ?? false;
  }

  #failToDecrypt(phone: Phone, inbound: InboundMessage, error: unknown): void {
    const { id, sender, seq } = inbound;
    const isRepeat = error instanceof Error && ALREADY_DECRYPTED.some(words => error.message.startsWith(words));
    const count = isRepeat ? 0 : this.#world.retries.count(phone.number, deviceJid(sender), id);
    this.#world.log.warn("phone could not decrypt a message", { error, messageId: id, retry: count });
    if (isRepeat || count > RETRIES_MAX) {
      this.#world.queue.remove(seq);
      return;
    }
    const letters = [{ to: sender, stanza: this.#retryReceipt(phone, inbound, count) }];
    this.#world.database.transaction(() => {
      this.#postOffice.keep(letters);
      this.#world.queue.remove(seq);
    });
    this.#postOffice.dispatch(letters);
  }

  #retryReceipt(phone: Phone, { id, mode, group, stanza: message }: InboundMessage, count: number): Stanza {
    const bundle = this.#world.phones.issueBundle(phone.number);
    const t = unixSeconds(this.#world.now());
    const keys = keyBundleNodes(bundle).filter(node => node.tag !== "registration" && node.tag !== "type");
    const reader = writerJid(mode, phone, 0);
    const names = group === undefined ? { from: reader } : { from: group, participant: reader };
    return stanza("receipt", { id, type: "retry", ...names, t, recipient: message.attrs.recipient }, [
      stanza("retry", { count: String(count), id, t: message.attrs.t, v: "1" }),
      stanza("registration", {}, bigEndian(bundle.registrationId, 4)),
      stanza("keys", {}, [stanza("type", {}, KEY_TYPE), ...keys]),
    ]);
  }
}

/** What a stanza says, part by part: in a group, a key that is only for this phone may stand before the message. */
async function decrypt(unit: SignalUnit, inbound: InboundMessage): Promise<proto.IMessage> {
  const said: proto.IMessage = {};
  for (const enc of getBinaryNodeChildren(inbound.stanza, "enc")) {
    const plaintext = await decryptPart(unit, inbound, enc);
    const part = proto.Message.decode(unpadRandomMax16(plaintext));
    const item = part.senderKeyDistributionMessage;
    if (item) await unit.repository.processSenderKeyDistributionMessage({ authorJid: authorOf(inbound), item });
    Object.assign(said, part);
  }
  return said;
}

function decryptPart(unit: SignalUnit, inbound: InboundMessage, { attrs, content }: Stanza): Promise<Uint8Array> {
  const { group, sender } = inbound;
  if (!(content instanceof Uint8Array)) throw new MalformedStanza("<enc> has no ciphertext");
  if (attrs.type === "skmsg" && group !== undefined) {
    return unit.repository.decryptGroupMessage({ group, authorJid: authorOf(inbound), msg: content });
  }
  if (attrs.type !== "pkmsg" && attrs.type !== "msg") throw new MalformedStanza("<enc> is of no known type");
  return unit.repository.decryptMessage({ jid: deviceJid(sender), type: attrs.type, ciphertext: content });
}

/** Whose key to a group it is: the device, as the stanza names it. */
function authorOf({ stanza: message }: InboundMessage): string {
  return attribute(message, "participant");
}
