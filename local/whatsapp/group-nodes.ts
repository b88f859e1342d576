import { lidJid, phoneJid } from "./device-address.ts";
import type { Group } from "./groups.ts";
import type { Phones } from "./phones.ts";
import { type Stanza, stanza, unixSeconds } from "./stanza.ts";

/** The `<participant>`s of people, as a group that goes by LIDs names them; whoever is no phone any more is left out. */
export function participantNodes(phones: Phones, members: readonly { number: string; role?: string }[]): Stanza[] {
  return members.flatMap(({ number, role }) => {
    const phone = phones.find(number);
    const type = role === "member" ? undefined : role;
    return phone ? [stanza("participant", { jid: lidJid(phone.lid), phone_number: phoneJid(number), type })] : [];
  });
}

/** The whole of a group, as a client that asks for it gets it. */
export function groupNode(phones: Phones, group: Group): Stanza {
  const creator = phones.find(group.creator);
  const creatorLid = creator && lidJid(creator.lid);
  const attributes = {
    id: group.id.split("@")[0],
    subject: group.subject,
    s_t: unixSeconds(group.subjectAtMs),
    s_o: creatorLid,
    creation: unixSeconds(group.createdAtMs),
    creator: creatorLid,
    creator_pn: phoneJid(group.creator),
    addressing_mode: "lid",
    size: String(group.members.length),
  };
  return stanza("group", attributes, [
    ...(group.description === null ? [] : [descriptionNode(group.description)]),
    ...(group.announce ? [stanza("announcement")] : []),
    ...participantNodes(phones, group.members),
  ]);
}

export function descriptionNode(description: string): Stanza {
  return stanza("description", { id: "D" }, [stanza("body", {}, Buffer.from(description))]);
}
