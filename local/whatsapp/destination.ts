import { phoneJid } from "./device-address.ts";
import { type Group, isGroupJid } from "./groups.ts";
import type { Phone } from "./phones.ts";
import type { World } from "./world.ts";

/** What a message is written to: a person or a group. */
export type Destination = Phone | Group;

export function isGroup(destination: Destination): destination is Group {
  return "members" in destination;
}

/** The person or group behind a JID. */
export function destinationOf({ phones, groups }: Pick<World, "phones" | "groups">, jid: string) {
  return isGroupJid(jid) ? groups.find(jid) : phones.named(jid);
}

/** What a chat with it is called: the group's JID, or the person's by number. */
export function chatJid(destination: Destination): string {
  return isGroup(destination) ? destination.id : phoneJid(destination.number);
}
