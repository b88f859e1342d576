import type { proto } from "@whiskeysockets/baileys";
import {
  cardNameMax,
  cardPhoneMax,
  cardPhonesMax,
  cardsMax,
  descriptionMax,
  type Location,
  optionMax,
  optionsMax,
  type PlannedEvent,
  type Poll,
  placeNameMax,
  questionMax,
  type SharedContact,
  vcardMax,
  vcardsMax,
} from "../../domain/message/content.ts";
import { textLengthMax } from "../../domain/message/text.ts";
import type { InboundContent } from "../keys/journal-entry.ts";

type StructuredContent = Extract<InboundContent, { type: "location" | "contact" | "poll" | "event" }>;

/** A place, cards, a poll or an invitation, which a message says in fields; undefined where it says none. */
export function structuredOf(message: proto.IMessage, quotedWaMessageId: string | null): StructuredContent | undefined {
  const { locationMessage, liveLocationMessage, eventMessage } = message;
  const place = locationMessage ?? liveLocationMessage;
  if (place) {
    const text = cut(locationMessage?.comment ?? liveLocationMessage?.caption, textLengthMax);
    const location = { ...locationOf(place), live: Boolean(liveLocationMessage ?? locationMessage?.isLive) };
    return { type: "location", location, text, quotedWaMessageId };
  }
  const cards = message.contactMessage ? [message.contactMessage] : message.contactsArrayMessage?.contacts;
  if (cards) return { type: "contact", contacts: contactsOf(cards), quotedWaMessageId };
  const poll = pollIn(message);
  if (poll) return { type: "poll", poll: pollOf(poll), quotedWaMessageId };
  return eventMessage ? { type: "event", event: plannedEventOf(eventMessage), quotedWaMessageId } : undefined;
}

function locationOf(place: proto.Message.ILocationMessage): Location {
  return {
    latitude: place.degreesLatitude ?? 0,
    longitude: place.degreesLongitude ?? 0,
    name: cut(place.name, placeNameMax),
    address: cut(place.address, placeNameMax),
    url: whole(place.url, placeNameMax),
    live: false,
  };
}

function contactsOf(cards: readonly proto.Message.IContactMessage[]): SharedContact[] {
  let left = vcardsMax;
  return cards.slice(0, cardsMax).map(({ displayName, vcard }) => {
    const kept = whole(vcard, Math.min(vcardMax, left));
    left -= kept?.length ?? 0;
    return { name: cut(displayName, cardNameMax), phones: phonesIn(vcard ?? ""), vcard: kept };
  });
}

/** Where cards are read for numbers; photos, which are what makes them longer, stand at their end. */
const vcardReadMax = 20_000;

/** The numbers of a vCard's TEL lines; of one that has an account, its `waid` in international form. */
function phonesIn(vcard: string): string[] {
  const lines = vcard.slice(0, vcardReadMax).split(/\r?\n/);
  const phones = lines.flatMap(line => {
    const tel = /^(?:item\d+\.)?TEL([^:]*):(.+)$/i.exec(line);
    if (tel === null) return [];
    const account = /;waid=(\d{7,15})/i.exec(tel[1] ?? "")?.[1];
    return [(account === undefined ? (tel[2] ?? "").trim() : `+${account}`).slice(0, cardPhoneMax)];
  });
  return [...new Set(phones.filter(phone => phone !== ""))].slice(0, cardPhonesMax);
}

function pollIn(message: proto.IMessage): proto.Message.IPollCreationMessage | undefined {
  const { pollCreationMessage, pollCreationMessageV2, pollCreationMessageV3, pollCreationMessageV5 } = message;
  const wrapped = message.pollCreationMessageV4?.message;
  const inner = wrapped?.pollCreationMessage ?? wrapped?.pollCreationMessageV3;
  return (
    pollCreationMessage ?? pollCreationMessageV2 ?? pollCreationMessageV3 ?? pollCreationMessageV5 ?? inner ?? undefined
  );
}

function pollOf({ name, options, selectableOptionsCount }: proto.Message.IPollCreationMessage): Poll {
  return {
    question: cut(name, questionMax) ?? "",
    options: (options ?? []).slice(0, optionsMax).map(({ optionName }) => cut(optionName, optionMax) ?? ""),
    selectableCount: selectableOptionsCount ?? 0,
  };
}

function plannedEventOf(event: proto.Message.IEventMessage): PlannedEvent {
  return {
    name: cut(event.name, questionMax) ?? "",
    description: cut(event.description, descriptionMax),
    startsAt: timeOf(event.startTime),
    endsAt: timeOf(event.endTime),
    location: event.location ? locationOf(event.location) : null,
    joinLink: whole(event.joinLink, placeNameMax),
    cancelled: event.isCanceled ?? false,
  };
}

/** WhatsApp gives whole seconds; 0 means none, and what no calendar knows is left out. */
function timeOf(seconds: proto.Message.IEventMessage["startTime"]): string | null {
  const date = new Date(Number(seconds ?? 0) * 1_000);
  return Number(seconds ?? 0) === 0 || Number.isNaN(date.getTime()) || date.getUTCFullYear() > 9_999
    ? null
    : date.toISOString();
}

function cut(text: string | null | undefined, lengthMax: number): string | null {
  return text ? text.slice(0, lengthMax) : null;
}

/** What would say something else when cut. */
function whole(text: string | null | undefined, lengthMax: number): string | null {
  return text && text.length <= lengthMax ? text : null;
}
