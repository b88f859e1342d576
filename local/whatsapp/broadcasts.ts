import { randomBytes } from "node:crypto";
import { encodeWAMessage } from "@whiskeysockets/baileys";
import type { DeviceAddress } from "./device-address.ts";
import type { Group } from "./groups.ts";
import type { Letter } from "./post-office.ts";
import { stanza, unixSeconds } from "./stanza.ts";

/** Where statuses are posted. They are encrypted like messages to a group of everybody who may see them. */
export const STATUSES: Group = {
  id: "status@broadcast",
  subject: "",
  subjectAtMs: 0,
  description: null,
  announce: false,
  creator: "",
  createdAtMs: 0,
  members: [],
};
const CHANNEL = "120363000000000001@newsletter";
const META_AI = "13135550002@s.whatsapp.net";

/** Whether a stanza's sender is a place that is no chat: a status or a channel. */
export function isBroadcast(jid: string): boolean {
  return jid === STATUSES.id || jid.endsWith("@newsletter");
}

/** A post of a channel, which is not encrypted (read: Baileys, decode-wa-message.js, `plaintext`). */
export function channelPost(to: DeviceAddress, text: string, atMs: number): Letter {
  const id = newId();
  const attributes = { id, from: CHANNEL, type: "text", server_id: "101", t: unixSeconds(atMs) };
  const content = encodeWAMessage({ conversation: text });
  return { to, stanza: stanza("message", attributes, [stanza("plaintext", {}, content)]) };
}

/** An answer of Meta AI, which only a client that knows its keys can read (read: whatsmeow message.go, `msmsg`). */
export function metaAiAnswer(to: DeviceAddress, atMs: number): Letter {
  const attributes = { id: newId(), from: META_AI, type: "text", t: unixSeconds(atMs) };
  return { to, stanza: stanza("message", attributes, [stanza("enc", { v: "2", type: "msmsg" }, randomBytes(120))]) };
}

function newId(): string {
  return `3A${randomBytes(9).toString("hex").toUpperCase()}`;
}
