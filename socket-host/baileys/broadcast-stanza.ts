import { type BinaryNode, getBinaryNodeChildren, isJidNewsletter, isJidStatusBroadcast } from "@whiskeysockets/baileys";

/**
 * Whether a `<message>` stanza is nothing of a chat: a status, a post of a channel, or an answer of Meta AI, which is
 * encrypted to its asker (`msmsg`). Baileys refuses the first two with error 500; WhatsApp then keeps them, sends them
 * first on every connection, and withholds what waits behind them (Baileys#2779). whatsapp-rust acknowledges them
 * plainly (whatsapp-rust#647), and so do we.
 */
export function isOfNoChat(stanza: BinaryNode): boolean {
  const { from = "" } = stanza.attrs;
  if (isJidStatusBroadcast(from) || isJidNewsletter(from)) return true;
  const ciphertexts = getBinaryNodeChildren(stanza, "enc");
  return ciphertexts.length > 0 && ciphertexts.every(({ attrs }) => attrs.type === "msmsg");
}
