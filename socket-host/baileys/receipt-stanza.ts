import { type BinaryNode, jidNormalizedUser } from "@whiskeysockets/baileys";
import { Jid } from "../../domain/jid.ts";
import type { MessageReceipt } from "../whatsapp-port.ts";
import { isSelf, type Self } from "./inbound-stanza.ts";

/** `inactive` is how a device that is not in front of its user says that it has a message. */
const statusOfType: Readonly<Record<string, MessageReceipt["status"]>> = {
  "": "delivered",
  inactive: "delivered",
  read: "read",
  played: "played",
};
const readByOwner = new Set(["read", "read-self", "played", "played-self"]);

/**
 * What a `<receipt>` stanza says of messages this session sent, or that our own phone has read others'; undefined where
 * it says something else, like a retry. One stanza may speak of many messages: its own id and those of a `<list>`.
 */
export function receiptOf(stanza: BinaryNode, self: Self, receivedAtMs: number): MessageReceipt | undefined {
  const { id, from, participant, type, t } = stanza.attrs;
  if (id === undefined || from === undefined) return undefined;
  const byOwner = isSelf(participant ?? from, self);
  const status = byOwner ? (readByOwner.has(type ?? "") ? "read" : undefined) : statusOfType[type ?? ""];
  if (status === undefined) return undefined;
  const sender = Jid.safeParse(jidNormalizedUser(from));
  if (!sender.success) return undefined;
  return {
    waMessageIds: [id, ...listedIds(stanza)],
    status,
    byOwner,
    from: sender.data,
    participant: Jid.safeParse(jidNormalizedUser(participant)).data ?? null,
    atMs: t === undefined ? receivedAtMs : Number(t) * 1_000,
  };
}

function listedIds({ content }: BinaryNode): string[] {
  if (!Array.isArray(content)) return [];
  const items = content.flatMap(child => (child.tag === "list" && Array.isArray(child.content) ? child.content : []));
  return items.flatMap(({ tag, attrs }) => (tag === "item" && attrs.id !== undefined ? [attrs.id] : []));
}
