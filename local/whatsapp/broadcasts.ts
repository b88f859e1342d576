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

/** How many messages to one person come between two statuses unless told. */
const EVERY = 10;

/**
 * Statuses and channel posts among the mail: one of each before the first message that a person's companions get, and
 * before every tenth after it. `every` is null where there are to be none. It lives in memory only.
 */
export class AmbientMail {
  every: number | null = EVERY;
  readonly #counts = new Map<string, number>();

  /** Counts a message to this person; whether a status and a post come before it. */
  isDue(number: string): boolean {
    if (this.every === null) return false;
    const count = this.#counts.get(number) ?? 0;
    this.#counts.set(number, count + 1);
    return count % this.every === 0;
  }
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
