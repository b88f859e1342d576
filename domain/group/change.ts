import { createHash } from "node:crypto";
import { WasaasEvent } from "../event/event.ts";
import {
  type GroupPerson,
  type GroupSnapshot,
  isSamePerson,
  publicGroup,
  publicPerson,
  GroupSnapshot as Snapshot,
  type StoredGroup,
} from "./group.ts";

/** What happened to a group. `resynced`: it is another than it was, and nobody said how that came. */
export type GroupChange =
  | { readonly kind: "created" | "resynced" }
  | { readonly kind: "subject"; readonly subject: string }
  | { readonly kind: "description"; readonly description: string | null }
  | { readonly kind: "settings"; readonly onlyAdminsWrite?: boolean; readonly onlyAdminsEdit?: boolean }
  | { readonly kind: PeopleChange; readonly participants: readonly GroupPerson[] };

type PeopleChange = "participants_added" | "participants_removed" | "participants_promoted" | "participants_demoted";

/** An event's data must stay below what a topic carries (256 KB). */
const participantsToldMax = 1_000;
const causesKept = 50;
/** Some 75 bytes each in an item of at most 400 kB. WhatsApp's groups have up to 1,024, its communities more. */
const participantsKeptMax = 4_000;

/** A group after a change, whether or not it is in there already. */
export function changedGroup(group: GroupSnapshot, change: GroupChange): GroupSnapshot {
  switch (change.kind) {
    case "created":
    case "resynced":
      return group;
    case "subject":
      return { ...group, subject: change.subject };
    case "description":
      return { ...group, description: change.description };
    case "settings": {
      const { onlyAdminsWrite = group.onlyAdminsWrite, onlyAdminsEdit = group.onlyAdminsEdit } = change;
      return { ...group, onlyAdminsWrite, onlyAdminsEdit };
    }
    case "participants_added":
      return { ...group, participants: [...without(group, change.participants), ...asMembers(change.participants)] };
    case "participants_removed":
      return { ...group, participants: without(group, change.participants) };
    case "participants_promoted":
      return withRole(group, change.participants, "admin");
    case "participants_demoted":
      return withRole(group, change.participants, "member");
    default:
      return change satisfies never;
  }
}

const asMembers = (people: readonly GroupPerson[]) =>
  people.map(({ jid, lid }) => ({ jid, lid, role: "member" }) as const);

function without({ participants }: GroupSnapshot, people: readonly GroupPerson[]) {
  return participants.filter(participant => !people.some(person => isSamePerson(person, participant)));
}

function withRole(group: GroupSnapshot, people: readonly GroupPerson[], role: "admin" | "member"): GroupSnapshot {
  const participants = group.participants.map(participant =>
    people.some(person => isSamePerson(person, participant)) ? { ...participant, role } : participant,
  );
  return { ...group, participants };
}

/** Whether a change is in the group already, by WhatsApp's id of it. */
export function isTold(group: StoredGroup | undefined, cause: string): boolean {
  return group?.causes.includes(cause) ?? false;
}

/** The group to keep, where it is so now. `cause` is WhatsApp's id of what made it so. */
export function keptGroup(
  before: StoredGroup | undefined,
  now: { snapshot: GroupSnapshot; self: GroupPerson | null; cause: string | undefined; at: string },
): StoredGroup {
  const { snapshot, self, cause, at } = now;
  return {
    ...Snapshot.parse({ ...snapshot, participants: snapshot.participants.slice(0, participantsKeptMax) }),
    isMember: self !== null && snapshot.participants.some(participant => isSamePerson(participant, self)),
    version: (before?.version ?? 0) + 1,
    causes: [...(before?.causes ?? []), ...(cause === undefined ? [] : [cause])].slice(-causesKept),
    updatedAt: at,
  };
}

/** What of a group may change, in a few letters: two that are alike have the same. */
export function contentOf(group: GroupSnapshot, isMember: boolean): string {
  const participants = group.participants.map(({ jid, lid, role }) => `${lid ?? jid} ${role}`).sort();
  const { subject, description, onlyAdminsWrite, onlyAdminsEdit } = group;
  const content = JSON.stringify([subject, description, onlyAdminsWrite, onlyAdminsEdit, isMember, participants]);
  return createHash("sha256").update(content).digest("base64url");
}

/** The data of `group.updated`: the group as it is now, and what changed. */
export function groupUpdate(group: StoredGroup, change: GroupChange, by: GroupPerson | null): WasaasEvent["data"] {
  const people = "participants" in change ? { participants: change.participants.map(publicPerson) } : {};
  return WasaasEvent.shape.data.parse({
    ...publicGroup(group, participantsToldMax),
    change: { ...change, ...people, by: by && publicPerson(by) },
  });
}
