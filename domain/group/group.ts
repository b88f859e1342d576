import * as z from "zod";
import { Jid, Person, personOf } from "../jid.ts";

const GroupRole = z.enum(["member", "admin", "superadmin"]).meta({ id: "GroupRole" });

/** A person by the names that WhatsApp gives: the number's JID where it is known, else the LID. */
export const GroupPerson = z.object({ jid: Jid, lid: Jid.nullable() });
export type GroupPerson = z.infer<typeof GroupPerson>;

/** A group as WhatsApp has it at some moment. */
export const GroupSnapshot = z.object({
  id: Jid,
  subject: z.string(),
  description: z.string().nullable(),
  owner: GroupPerson.nullable(),
  onlyAdminsWrite: z.boolean(),
  onlyAdminsEdit: z.boolean(),
  createdAt: z.iso.datetime().nullable(),
  participants: z.array(GroupPerson.extend({ role: GroupRole })),
});
export type GroupSnapshot = z.infer<typeof GroupSnapshot>;

/** A group as it was last seen, and kept. */
export const StoredGroup = GroupSnapshot.extend({
  /** Whether the session itself is in it. */
  isMember: z.boolean(),
  /** Of the writes to it, so that none undoes another. */
  version: z.int(),
  /** The last changes that are in it, by WhatsApp's ids of them: WhatsApp may say each again. */
  causes: z.array(z.string()),
  updatedAt: z.iso.datetime(),
});
export type StoredGroup = z.infer<typeof StoredGroup>;

/** A group as customers see it. */
export const Group = z
  .object({
    id: z.string(),
    subject: z.string(),
    description: z.string().nullable(),
    owner: Person.nullable(),
    onlyAdminsWrite: z.boolean(),
    onlyAdminsEdit: z.boolean(),
    isMember: z.boolean().meta({ description: "Whether the session is in it; of one it left, what was last seen." }),
    size: z.int().min(0).meta({ description: "How many people are kept of it, 4,000 at most." }),
    participants: z.array(z.object({ person: Person, role: GroupRole })).meta({
      description: "At most 4,000 of them, in events 1,000. WhatsApp tells no names of people in groups.",
    }),
    createdAt: z.iso.datetime().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: "Group" });
export type Group = z.infer<typeof Group>;

export function publicPerson({ jid, lid }: GroupPerson): Person {
  return personOf({ jid, lid: lid ?? undefined });
}

/** The group as the API gives it, with at most so many of its people. */
export function publicGroup(group: StoredGroup, participantsMax = Number.POSITIVE_INFINITY): Group {
  const shown = group.participants.slice(0, participantsMax);
  return Group.parse({
    ...group,
    owner: group.owner && publicPerson(group.owner),
    size: group.participants.length,
    participants: shown.map(({ role, ...person }) => ({ person: publicPerson(person), role })),
  });
}

/** Whether two are one person, by either name. */
export function isSamePerson(one: GroupPerson, other: GroupPerson): boolean {
  return one.jid === other.jid || (one.lid !== null && one.lid === other.lid);
}
