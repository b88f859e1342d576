import { areJidsSameUser, type BinaryNode, jidNormalizedUser, type WASocket } from "@whiskeysockets/baileys";
import { isGroup, isLid, Jid } from "../../domain/jid.ts";
import type { Arrival } from "../keys/journal-entry.ts";

export interface Self {
  readonly pn: string | undefined;
  readonly lid: string | undefined;
}

/** Whom a socket is logged in as, or will be; nobody before it is linked. */
export function selfOf({ authState }: Pick<WASocket, "authState">): Self {
  const { me } = authState.creds;
  return { pn: me?.id, lid: me?.lid };
}

/**
 * Who wrote a `<message>` stanza, where and when; undefined where it is not a message of a chat: what the phone tells
 * its own devices (history, keys), a status, a channel.
 */
export function arrivalOf(
  stanza: BinaryNode,
  self: Self,
  receivedAtMs: number,
  arrivalPlace: number,
): Arrival | undefined {
  const { id, from, t, category, notify } = stanza.attrs;
  if (id === undefined || from === undefined || category === "peer" || from === "status@broadcast") return undefined;
  const place = placeOf(stanza.attrs, from, jid => isSelf(jid, self));
  if (place === undefined) return undefined;
  return {
    waMessageId: id,
    receivedAtMs,
    place: arrivalPlace,
    whatsappAtMs: Number(t ?? Math.floor(receivedAtMs / 1_000)) * 1_000,
    fromMe: place.fromMe,
    chat: place.chat.jid,
    chatLid: place.chat.lid,
    participant: place.participant?.jid ?? null,
    participantLid: place.participant?.lid ?? null,
    pushName: notify ?? null,
  };
}

interface Named {
  readonly jid: Jid;
  readonly lid: Jid | null;
}

interface Place {
  readonly fromMe: boolean;
  readonly chat: Named;
  readonly participant: Named | undefined;
}

type Attributes = Readonly<Record<string, string | undefined>>;

function placeOf(attrs: Attributes, from: string, isMe: (jid: string) => boolean): Place | undefined {
  const sender = attrs.participant ?? from;
  const fromMe = isMe(sender);
  const author = named(sender, attrs.participant_pn ?? attrs.sender_pn, attrs.participant_lid ?? attrs.sender_lid);
  if (author === undefined) return undefined;
  const group = jidOf(from);
  if (group !== undefined && isGroup(group)) {
    return { fromMe, chat: { jid: group, lid: null }, participant: author };
  }
  // A message to a broadcast list is, for each who gets it, a message in the chat with its author.
  if (!fromMe || attrs.recipient === undefined) return { fromMe, chat: author, participant: undefined };
  const chat = named(
    attrs.recipient,
    attrs.recipient_pn ?? attrs.peer_recipient_pn,
    attrs.recipient_lid ?? attrs.peer_recipient_lid,
  );
  return chat === undefined ? undefined : { fromMe, chat, participant: undefined };
}

/** A person by the JID of the stanza and whichever other name stands beside it: the number's comes first. */
export function named(jid: string, otherPn: string | undefined, otherLid: string | undefined): Named | undefined {
  const given = jidOf(jid);
  if (given === undefined) return undefined;
  if (!isLid(given)) return { jid: given, lid: lidOf(otherLid) };
  const pn = jidOf(otherPn);
  return { jid: pn !== undefined && !isLid(pn) ? pn : given, lid: given };
}

export function lidOf(text: string | undefined): Jid | null {
  const jid = jidOf(text);
  return jid !== undefined && isLid(jid) ? jid : null;
}

/** A business whose account WhatsApp hosts writes as device 99 of servers of its own: it is the same person. */
const hostedServers: readonly (readonly [RegExp, string])[] = [
  [/@hosted$/, "@s.whatsapp.net"],
  [/@hosted\.lid$/, "@lid"],
];

/** The person or group behind a JID of the wire; undefined where it is neither. */
export function jidOf(text: string | undefined): Jid | undefined {
  const spelt = hostedServers.reduce((jid, [server, usual]) => jid.replace(server, usual), jidNormalizedUser(text));
  return Jid.safeParse(spelt).data;
}

export function isSelf(jid: string, self: Self): boolean {
  return areJidsSameUser(jid, self.pn) || areJidsSameUser(jid, self.lid);
}

/** The ciphertexts of a stanza, as the very objects that Baileys will hand to decryption. */
export function ciphertextsOf(stanza: BinaryNode): Uint8Array[] {
  if (!Array.isArray(stanza.content)) return [];
  return stanza.content.flatMap(({ tag, attrs, content }) =>
    tag === "enc" && attrs.type !== "msmsg" && content instanceof Uint8Array ? [content] : [],
  );
}
