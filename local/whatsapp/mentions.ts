import { jidDecode } from "@whiskeysockets/baileys";
import { lidJid, phoneJid } from "./device-address.ts";
import type { MessageContent } from "./message-content.ts";
import type { Phone, Phones } from "./phones.ts";

/** A text as the phone shows it: whoever is mentioned stands there as @ and the number, whatever the message calls them. */
export function shownMentions(phones: Phones, content: MessageContent): MessageContent {
  const { text, mentions = [] } = content;
  if (text === null || mentions.length === 0) return content;
  const people = mentions.map(jid => ({ written: jidDecode(jid)?.user ?? "", person: phones.named(jid) }));
  let shown = text;
  for (const { written, person } of people) if (person) shown = shown.replaceAll(`@${written}`, `@${person.number}`);
  return {
    ...content,
    text: shown,
    mentions: people.flatMap(({ person }) => (person ? [phoneJid(person.number)] : [])),
  };
}

/** How a text written on a phone names people: by their LIDs in a group, where the text says them as well. */
export function writtenMentions(text: string, people: readonly Phone[], toGroup: boolean) {
  if (!toGroup) return { text, mentionedJid: people.map(({ number }) => phoneJid(number)) };
  let written = text;
  for (const { number, lid } of people) written = written.replaceAll(`@${number}`, `@${lid}`);
  return { text: written, mentionedJid: people.map(({ lid }) => lidJid(lid)) };
}
