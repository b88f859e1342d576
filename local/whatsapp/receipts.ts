import { type AddressingMode, type DeviceAddress, deviceJidIn, lidJid, modeOf, phoneJid } from "./device-address.ts";
import { isGroupJid } from "./groups.ts";
import { writerJid } from "./hosted.ts";
import type { Phone } from "./phones.ts";
import type { Letter, PostOffice } from "./post-office.ts";
import { attribute, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import { namesAuthorRightly } from "./wire-addresses.ts";
import type { World } from "./world.ts";

export interface ReceiptFromPhone {
  readonly ids: readonly string[];
  /** Whose messages they are: a JID. */
  readonly to: string;
  /** Undefined means delivered. */
  readonly type: "read" | undefined;
  readonly mode: AddressingMode;
  /** The group that they were written to; undefined for a chat of two. */
  readonly group?: string | undefined;
}

/** Takes receipts from the one who got a message to all devices of the one who wrote it. */
export class Receipts {
  readonly #world: World;
  readonly #postOffice: PostOffice;

  constructor(world: World, postOffice: PostOffice) {
    this.#world = world;
    this.#postOffice = postOffice;
  }

  /** A phone's own receipt. `record` is written in the same transaction. */
  fromPhone(phone: Phone, receipt: ReceiptFromPhone, record: () => void = () => {}): void {
    const author = this.#world.phones.named(receipt.to);
    const { ids, type, mode, group } = receipt;
    const sent = { ids, type, mode, group };
    const letters = author ? this.#letters(phone, 0, author, sent) : [];
    this.#world.database.transaction(() => {
      this.#postOffice.keep(letters);
      record();
    });
    this.#postOffice.dispatch(letters);
  }

  /** A receipt that a companion sent: what it says goes to the author's devices and the reader's own others. */
  fromCompanion(reader: Phone, device: number, receipt: Stanza): void {
    const to = attribute(receipt, "to");
    const type = receipt.attrs.type ?? "inactive";
    const group = isGroupJid(to) ? to : undefined;
    const author = this.#world.phones.named(group === undefined ? to : attribute(receipt, "participant"));
    if (!author || author.number === reader.number) return;
    const about = { ids: receiptIds(receipt), mode: group === undefined ? modeOf(to) : "lid", group } as const;
    // A companion that is not in use says "inactive"; to the author that is a delivery like any other.
    if (type === "inactive") {
      this.#postOffice.post(this.#letters(reader, device, author, { ...about, type: undefined }));
    } else if (type === "read" || type === "played") {
      if (!namesAuthorRightly(this.#world, reader.number, to)) return;
      this.#postOffice.post(this.#letters(reader, device, author, { ...about, type }));
    } else if (type === "read-self") {
      this.#postOffice.post(this.#ownLetters(reader, device, author, { ...about, type }));
    }
  }

  /** A plea for a resend concerns the one device that wrote the message, the phone itself included. */
  retryFromCompanion(reader: Phone, device: number, receipt: Stanza): void {
    const to = attribute(receipt, "to");
    const group = isGroupJid(to) ? to : undefined;
    const author = this.#world.phones.addressOf(group === undefined ? to : attribute(receipt, "participant"));
    if (!author) return;
    const mode = group === undefined ? modeOf(to) : "lid";
    const { id, recipient } = receipt.attrs;
    const names = reading(group, deviceJidIn(mode, reader, device));
    const forwarded = { id, type: "retry", ...names, t: this.#seconds(), recipient };
    this.#postOffice.post([{ to: author, stanza: stanza("receipt", forwarded, receipt.content) }]);
  }

  #letters(reader: Phone, device: number, author: Phone, sent: Receipt): Letter[] {
    const from = reading(sent.group, writerJid(sent.mode, reader, device));
    const toAuthor = this.#companionsOf(author.number).map(to => ({ to, stanza: this.#stanza(from, undefined, sent) }));
    return sent.type === undefined ? toAuthor : [...toAuthor, ...this.#ownLetters(reader, device, author, sent)];
  }

  /** A person's other devices learn what was read on this one; there the author is the `recipient`. */
  #ownLetters(reader: Phone, device: number, author: Phone, sent: Receipt): Letter[] {
    const recipient = sent.mode === "lid" ? lidJid(author.lid) : phoneJid(author.number);
    const from = reading(sent.group, writerJid(sent.mode, reader, device));
    return this.#companionsOf(reader.number)
      .filter(to => to.device !== device)
      .map(to => ({ to, stanza: this.#stanza(from, recipient, sent) }));
  }

  #stanza(names: Reading, recipient: string | undefined, { ids, type }: Receipt): Stanza {
    const [id, ...others] = ids;
    const list = stanza(
      "list",
      {},
      others.map(other => stanza("item", { id: other })),
    );
    return stanza(
      "receipt",
      { id, ...names, type, recipient, t: this.#seconds() },
      others.length > 0 ? [list] : undefined,
    );
  }

  #companionsOf(number: string): DeviceAddress[] {
    return this.#world.devices.of(number).map(({ device }) => ({ number, device }));
  }

  #seconds(): string {
    return unixSeconds(this.#world.now());
  }
}

interface Receipt {
  readonly ids: readonly string[];
  readonly type: string | undefined;
  readonly mode: AddressingMode;
  readonly group: string | undefined;
}

interface Reading {
  readonly from: string;
  readonly participant: string | undefined;
}

/** Who says it: in a group the stanza is from the group, and names the person beside it. */
function reading(group: string | undefined, reader: string): Reading {
  return group === undefined ? { from: reader, participant: undefined } : { from: group, participant: reader };
}

/** The messages that a receipt is about: the one it names, and those in its list. */
export function receiptIds(receipt: Stanza): string[] {
  const lists = Array.isArray(receipt.content) ? receipt.content.filter(node => node.tag === "list") : [];
  const items = lists.flatMap(list => (Array.isArray(list.content) ? list.content : []));
  return [attribute(receipt, "id"), ...items.map(item => attribute(item, "id"))];
}
