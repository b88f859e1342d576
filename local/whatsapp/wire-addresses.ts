import { getBinaryNodeChild, getBinaryNodeChildren, type proto } from "@whiskeysockets/baileys";
import { type AddressingMode, modeOf } from "./device-address.ts";
import { isGroupJid } from "./groups.ts";
import { attribute, type Stanza } from "./stanza.ts";
import type { World } from "./world.ts";

const BY_NUMBER_REFUSED = "463";
const BY_LID_REFUSED = "400";
const MIXED_REFUSED = "400";

/**
 * The code that a message to one person is refused with for how it names people; undefined where its names are right.
 * An account that is migrated must name people by LID: a message to a number is a 463 (measured: OpenWA#717). Of one that
 * is not migrated a message to a LID is a 400 (measured: whatsapp-rust#941, #943), and so is one of any account whose
 * `to` and `<participants>` are not of one kind (measured: whatsapp-rust#730). Reports differ on whether the recipient's
 * account counts too: the fault `recipient_addresses` has it decide alone. Somebody whose LID nobody is told can be
 * written to by number (guess).
 */
export function misaddressed(world: World, sender: string, message: Stanza): string | undefined {
  const to = attribute(message, "to");
  const recipient = world.phones.named(to);
  if (isGroupJid(to) || message.attrs.category === "peer" || message.attrs.recipient || !recipient) return undefined;
  const mode = modeOf(to);
  if (participantsOf(message).some(jid => modeOf(jid) !== mode)) return MIXED_REFUSED;
  const decides = world.faults.recipientDecides(sender) ? recipient : world.phones.find(sender);
  if (decides?.lidMigrated === false) return mode === "lid" ? BY_LID_REFUSED : undefined;
  return mode === "pn" && !world.faults.hidesLid(recipient.number) ? BY_NUMBER_REFUSED : undefined;
}

/**
 * Whether a read receipt names the author as the reader's account must. One that does not turns no ticks blue (guess:
 * fazer-ai/baileys-api#346 has reports of both).
 */
export function namesAuthorRightly({ phones, faults }: World, reader: string, to: string): boolean {
  const author = phones.named(to);
  if (isGroupJid(to) || !author || faults.hidesLid(author.number)) return true;
  return (modeOf(to) === "lid") === (phones.find(reader)?.lidMigrated !== false);
}

/**
 * Whether a change (an edit, a deletion, a reaction) names its message's chat by another kind of name than the stanza it
 * came in; a phone does not find the message then (guess: WhatsApp Web builds both from one name of the chat,
 * whatsapp-rust#731).
 */
export function namesOtherChat({ protocolMessage, reactionMessage }: proto.IMessage, mode: AddressingMode): boolean {
  const chat = (protocolMessage?.key ?? reactionMessage?.key)?.remoteJid;
  return chat ? modeOf(chat) !== mode : false;
}

function participantsOf(message: Stanza): string[] {
  const participants = getBinaryNodeChild(message, "participants");
  return participants ? getBinaryNodeChildren(participants, "to").map(to => attribute(to, "jid")) : [];
}
