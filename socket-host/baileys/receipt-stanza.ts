import { type BinaryNode, getBinaryNodeChildren } from "@whiskeysockets/baileys";
import { isGroup } from "../../domain/jid.ts";
import type { MessageReceipt } from "../whatsapp-port.ts";
import { isSelf, jidOf, type Self } from "./inbound-stanza.ts";

/**
 * A receipt of type `inactive` is of a device that is not in front of its user: official apps do not show it as a
 * delivery (whatsmeow, SetForceActiveDeliveryReceipts), so it says nothing here.
 */
const statusOfType: Readonly<Record<string, MessageReceipt["status"]>> = {
  "": "delivered",
  read: "read",
  played: "played",
};
const readByOwner = new Set(["read", "read-self", "played", "played-self"]);

/**
 * What a `<receipt>` stanza says of messages this session sent, or that our own phone has read others'; nothing where
 * it says something else, like a retry. One stanza may speak of many messages, its own id and those of a `<list>`, and
 * in a group of many people (`<participants key><user jid t/>`; read: whatsmeow receipt.go, handleGroupedReceipt).
 */
export function receiptsOf(stanza: BinaryNode, self: Self, receivedAtMs: number): MessageReceipt[] {
  const { id, from, participant, type, t } = stanza.attrs;
  const chat = jidOf(from);
  if (id === undefined || chat === undefined) return [];
  const ids = [id, ...listedIds(stanza)];
  const readers = participant === undefined && isGroup(chat) ? readersIn(stanza) : [];
  const said = readers.length > 0 ? readers : [{ ids, reader: participant ?? from, t }];
  return said.flatMap(({ ids: waMessageIds, reader = "", t: at }) => {
    const byOwner = isSelf(reader, self);
    const status = byOwner ? (readByOwner.has(type ?? "") ? "read" : undefined) : statusOfType[type ?? ""];
    if (status === undefined) return [];
    const who = reader === from ? null : (jidOf(reader) ?? null);
    const atMs = at === undefined ? receivedAtMs : Number(at) * 1_000;
    return [{ waMessageIds, status, byOwner, from: chat, participant: who, atMs }];
  });
}

interface Reader {
  readonly ids: readonly string[];
  readonly reader: string | undefined;
  readonly t: string | undefined;
}

function readersIn(stanza: BinaryNode): Reader[] {
  return getBinaryNodeChildren(stanza, "participants").flatMap(participants => {
    const { key } = participants.attrs;
    if (key === undefined) return [];
    return getBinaryNodeChildren(participants, "user").map(({ attrs: { jid, t } }) => ({ ids: [key], reader: jid, t }));
  });
}

function listedIds({ content }: BinaryNode): string[] {
  if (!Array.isArray(content)) return [];
  const items = content.flatMap(child => (child.tag === "list" && Array.isArray(child.content) ? child.content : []));
  return items.flatMap(({ tag, attrs }) => (tag === "item" && attrs.id !== undefined ? [attrs.id] : []));
}
