import {
  type BinaryNode,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  isPnUser,
  type WASocket,
} from "@whiskeysockets/baileys";

type Names = Pick<WASocket["signalRepository"]["lidMapping"], "storeLIDPNMappings">;

/**
 * Learns from the answer to a query for device lists which number and which LID are one person, and shows Baileys the
 * devices alone. Wherever a LID stands there Baileys throws away the Signal session with its phone and asks for its keys
 * anew (getUSyncDevices in lib/Socket/messages-send.js; Baileys#1967, #2340): at each such query, so every five minutes
 * and after every connection, a one-time key of every contact, and an X3DH, are spent for nothing. Undefined for any other
 * stanza.
 */
export function learnFromDeviceAnswer(stanza: BinaryNode, names: Names): Promise<void> | undefined {
  const usync = stanza.tag === "iq" ? getBinaryNodeChild(stanza, "usync") : undefined;
  const users = getBinaryNodeChildren(getBinaryNodeChild(usync, "list"), "user").filter(
    user => getBinaryNodeChild(user, "devices") !== undefined,
  );
  const pairs = users.flatMap(takeMapping).filter(({ pn }) => isPnUser(pn));
  return pairs.length === 0 ? undefined : names.storeLIDPNMappings(pairs);
}

/** The LID that stands in an answer, which it is taken out of, beside the name that was asked for. */
function takeMapping(user: BinaryNode): { lid: string; pn: string }[] {
  const { jid: pn } = user.attrs;
  const lid = getBinaryNodeChild(user, "lid")?.attrs.val;
  if (pn === undefined || lid === undefined || !Array.isArray(user.content)) return [];
  user.content = user.content.filter(({ tag }) => tag !== "lid");
  return [{ lid, pn }];
}
