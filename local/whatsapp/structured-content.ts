import { randomBytes } from "node:crypto";
import type { proto } from "@whiskeysockets/baileys";
import * as z from "zod";

const Latitude = z.number().min(-90).max(90);
const Longitude = z.number().min(-180).max(180);
const Name = z.string().min(1).max(1_000);

const Location = z.strictObject({
  latitude: Latitude,
  longitude: Longitude,
  name: Name.optional(),
  address: Name.optional(),
  live: z.boolean().optional(),
  caption: Name.optional(),
});
const Card = z.strictObject({ name: Name, phone: z.string().min(1).max(40) });
const Poll = z.strictObject({
  question: Name,
  options: z.array(Name).min(2).max(12),
  selectableCount: z.number().int().min(0).max(12).optional(),
});
const PlannedEvent = z.strictObject({
  name: Name,
  description: Name.optional(),
  startsAt: z.iso.datetime(),
  location: Location.optional(),
});
const Choice = z.strictObject({ id: Name, title: Name });

/** What a person sends from the phone that is neither words nor a file; one of these fields stands beside `to`. */
export const StructuredContent = z.union([
  z.strictObject({ location: Location }),
  z.strictObject({ contact: Card }),
  z.strictObject({ contacts: z.array(Card).min(1).max(100) }),
  z.strictObject({ poll: Poll }),
  z.strictObject({ event: PlannedEvent }),
  z.strictObject({ choice: Choice }),
]);
export type StructuredContent = z.infer<typeof StructuredContent>;

/** The message that a phone makes of it. */
export function structuredMessage(content: StructuredContent): proto.IMessage {
  if ("location" in content) return placeMessage(content.location);
  if ("contact" in content) return { contactMessage: cardOf(content.contact) };
  if ("contacts" in content) {
    const displayName = `${content.contacts.length} contacts`;
    return { contactsArrayMessage: { displayName, contacts: content.contacts.map(cardOf) } };
  }
  if ("poll" in content) return pollMessage(content.poll);
  if ("event" in content) return eventMessage(content.event);
  const { id, title } = content.choice;
  return { buttonsResponseMessage: { selectedButtonId: id, selectedDisplayText: title, type: 1 } };
}

function pinOf({ latitude, longitude, name, address }: z.infer<typeof Location>): proto.Message.ILocationMessage {
  return { degreesLatitude: latitude, degreesLongitude: longitude, name, address };
}

function placeMessage(place: z.infer<typeof Location>): proto.IMessage {
  const { latitude: degreesLatitude, longitude: degreesLongitude, caption } = place;
  if (place.live) return { liveLocationMessage: { degreesLatitude, degreesLongitude, caption, sequenceNumber: 1 } };
  return { locationMessage: { ...pinOf(place), comment: caption } };
}

/** As a phone writes it: the number under TEL, and the account it belongs to as `waid`. */
function cardOf({ name, phone }: z.infer<typeof Card>): proto.Message.IContactMessage {
  const account = phone.replaceAll(/\D/g, "");
  const tel = `TEL;type=CELL;type=VOICE;waid=${account}:${phone}`;
  const vcard = ["BEGIN:VCARD", "VERSION:3.0", `N:;${name};;;`, `FN:${name}`, tel, "END:VCARD"].join("\n");
  return { displayName: name, vcard };
}

function pollMessage({ question, options, selectableCount = 1 }: z.infer<typeof Poll>): proto.IMessage {
  const poll = {
    name: question,
    options: options.map(optionName => ({ optionName })),
    selectableOptionsCount: selectableCount,
  };
  // Votes are encrypted with this; current phones send polls of one choice under the third name.
  const messageContextInfo = { messageSecret: randomBytes(32) };
  const made = selectableCount === 1 ? { pollCreationMessageV3: poll } : { pollCreationMessage: poll };
  return { ...made, messageContextInfo };
}

function eventMessage(event: z.infer<typeof PlannedEvent>): proto.IMessage {
  const { name, description, startsAt, location } = event;
  const startTime = Math.floor(Date.parse(startsAt) / 1_000);
  const made = { name, description, startTime, ...(location ? { location: pinOf(location) } : {}) };
  return { eventMessage: made, messageContextInfo: { messageSecret: randomBytes(32) } };
}

/** What a phone calls a message that is neither words nor a file; undefined where it is one of those. */
export function structuredType(message: proto.IMessage): "location" | "contact" | "poll" | "event" | undefined {
  if (message.locationMessage || message.liveLocationMessage) return "location";
  if (message.contactMessage || message.contactsArrayMessage) return "contact";
  if (message.pollCreationMessage || message.pollCreationMessageV3) return "poll";
  return message.eventMessage ? "event" : undefined;
}
