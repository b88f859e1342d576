import { proto, type SignalRepositoryWithLIDStore, unpadRandomMax16 } from "@whiskeysockets/baileys";

type Repository = Pick<SignalRepositoryWithLIDStore, "processSenderKeyDistributionMessage">;
type KeyOfSender = Parameters<Repository["processSenderKeyDistributionMessage"]>[0];

/**
 * Takes the key to what somebody writes to a group out of a message, in the very work that decrypted it. Baileys, which
 * takes it afterwards in a work of its own, is told that it was done.
 */
export class SenderKeys {
  readonly #repository: Repository;
  #last: string | undefined;

  constructor(repository: Repository) {
    this.#repository = repository;
  }

  /** `padded` is the plaintext as it comes out of Signal; one without such a key changes nothing. */
  async take(padded: Uint8Array, authorJid: string): Promise<void> {
    const decoded = proto.Message.decode(unpadRandomMax16(padded));
    const item = (decoded.deviceSentMessage?.message ?? decoded).senderKeyDistributionMessage;
    if (!item?.groupId) return;
    await this.#repository.processSenderKeyDistributionMessage({ authorJid, item });
    this.#last = nameOf({ authorJid, item });
  }

  /** Whether it is the key that was taken last. */
  isTaken(key: KeyOfSender): boolean {
    return nameOf(key) === this.#last;
  }
}

function nameOf({ authorJid, item }: KeyOfSender): string {
  const key = item.axolotlSenderKeyDistributionMessage ?? new Uint8Array();
  return `${authorJid} ${item.groupId} ${Buffer.from(key).toString("base64")}`;
}
