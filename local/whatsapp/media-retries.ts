import { randomBytes } from "node:crypto";
import { aesDecryptGCM, aesEncryptGCM, getBinaryNodeChild, hkdf, proto } from "@whiskeysockets/baileys";
import { deviceJidIn, phoneJid } from "./device-address.ts";
import { type Attachment, attachmentOf } from "./phone-media.ts";
import type { Phone } from "./phones.ts";
import type { PostOffice } from "./post-office.ts";
import { attribute, bytesOf, childOf, type Stanza, stanza, unixSeconds } from "./stanza.ts";
import { namesAuthorRightly } from "./wire-addresses.ts";
import type { World } from "./world.ts";

const { ResultType } = proto.MediaRetryNotification;
const keyInfo = "WhatsApp Media Retry Notification";

/**
 * A companion did not find the file of a message on the media host (`<receipt type=server-error>`): the phone uploads
 * it again, if it still has it, and says where it is. Both are encrypted with a key made from the file's own.
 */
export class MediaRetries {
  readonly #world: World;
  readonly #postOffice: PostOffice;

  constructor(world: World, postOffice: PostOffice) {
    this.#world = world;
    this.#postOffice = postOffice;
  }

  /** An offline phone answers nothing: it is asked again. */
  async answer(phone: Phone, device: number, receipt: Stanza): Promise<void> {
    if (!phone.online) return;
    const id = attribute(receipt, "id");
    const asked = childOf(receipt, "rmr");
    const attachment = this.#attachment(phone, id, asked);
    const answer =
      attachment === undefined ? [stanza("error", { code: "2" })] : await this.#upload(id, receipt, attachment);
    const from = deviceJidIn("pn", phone, 0);
    const attributes = { id, type: "mediaretry", from, t: unixSeconds(this.#world.now()) };
    const to = { number: phone.number, device };
    this.#postOffice.post([{ to, stanza: stanza("notification", attributes, [asked, ...answer]) }]);
  }

  /** The phone has what its owner or the other side sent; here the one copy is the sender's. */
  #attachment(phone: Phone, id: string, { attrs }: Stanza): Attachment | undefined {
    if (!namesAuthorRightly(this.#world, phone.number, attrs.jid ?? "")) return undefined;
    const author = attrs.from_me === "true" ? phoneJid(phone.number) : (attrs.participant ?? attrs.jid ?? "");
    const sender = this.#world.phones.named(author);
    const sent = sender && this.#world.sent.find(sender.number, id);
    return sent && attachmentOf(sent.message);
  }

  async #upload(id: string, receipt: Stanza, { file }: Attachment): Promise<Stanza[]> {
    const key = hkdf(Buffer.from(file.mediaKey ?? []), 32, { info: keyInfo });
    const request = childOf(receipt, "encrypt");
    aesDecryptGCM(bytesOf(request, "enc_p"), key, bytesOf(request, "enc_iv"), Buffer.from(id));
    const directPath = await this.#world.media.files.uploadAgain(file.directPath ?? "");
    const result = directPath === undefined ? ResultType.NOT_FOUND : ResultType.SUCCESS;
    const plain = proto.MediaRetryNotification.encode({ stanzaId: id, directPath, result }).finish();
    const iv = randomBytes(12);
    const sealed = aesEncryptGCM(plain, key, iv, Buffer.from(id));
    return [stanza("encrypt", {}, [stanza("enc_p", {}, sealed), stanza("enc_iv", {}, iv)])];
  }
}

/** Whether a receipt is such a plea. */
export function asksForMedia({ attrs, ...receipt }: Stanza): boolean {
  return attrs.type === "server-error" && getBinaryNodeChild({ attrs, ...receipt }, "rmr") !== undefined;
}
