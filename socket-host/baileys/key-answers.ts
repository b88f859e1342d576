import { type BinaryNode, getBinaryNodeChild } from "@whiskeysockets/baileys";

/**
 * Leaves devices that have no keys out of the answer to a key query. One of them makes Baileys throw the whole answer
 * away (parseAndInjectE2ESessions in lib/Utils/signal.js; Baileys#2521, #1865), so that nobody in it could be written
 * to. Baileys sends to whoever has a session, and a device that was left out asks for the message again by itself.
 * Answers how many were left out.
 */
export function dropRefusedKeys(stanza: BinaryNode): number {
  if (stanza.tag !== "iq" || stanza.attrs.type !== "result") return 0;
  const list = getBinaryNodeChild(stanza, "list");
  if (list === undefined || !Array.isArray(list.content)) return 0;
  const users = list.content;
  const kept = users.filter(user => user.tag !== "user" || getBinaryNodeChild(user, "error") === undefined);
  list.content = kept;
  return users.length - kept.length;
}
