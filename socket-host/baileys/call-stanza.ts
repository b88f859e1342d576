import type { BinaryNode } from "@whiskeysockets/baileys";
import { isGroup } from "../../domain/jid.ts";
import type { SeenCall } from "../whatsapp-port.ts";
import { isSelf, jidOf, named, type Self } from "./inbound-stanza.ts";

/** As Baileys reads them (lib/Utils/generics.js, getCallStatusFromNode); what lies between is of no interest here. */
const statusOfTag: Readonly<Record<string, SeenCall["status"]>> = {
  offer: "offered",
  offer_notice: "offered",
  terminate: "ended",
  reject: "ended",
};

/** What a `<call>` stanza says of somebody's call; undefined where it says something in between, or of our own. */
export function callOf(stanza: BinaryNode, self: Self, receivedAtMs: number): SeenCall | undefined {
  const [info] = Array.isArray(stanza.content) ? stanza.content : [];
  const status = statusOfTag[info?.tag ?? ""];
  const callId = info?.attrs["call-id"];
  const creator = info?.attrs["call-creator"] ?? info?.attrs.from ?? stanza.attrs.from;
  if (info === undefined || status === undefined || !callId || creator === undefined) return undefined;
  const from = named(creator, info.attrs.caller_pn, info.attrs.caller_lid);
  if (from === undefined || isGroup(from.jid) || isSelf(creator, self)) return undefined;
  const { t, notify } = stanza.attrs;
  const group = jidOf(info.attrs["group-jid"]);
  return {
    callId,
    status,
    kind: hasChild(info, "video") || info.attrs.media === "video" ? "video" : "audio",
    from: from.jid,
    fromLid: from.lid,
    pushName: notify ?? null,
    group: group !== undefined && isGroup(group) ? group : null,
    atMs: t === undefined ? receivedAtMs : Number(t) * 1_000,
  };
}

function hasChild({ content }: BinaryNode, tag: string): boolean {
  return Array.isArray(content) && content.some(child => child.tag === tag);
}
