import {
  type BinaryNode,
  type GroupMetadata,
  getBinaryNodeChild,
  getBinaryNodeChildren,
} from "@whiskeysockets/baileys";
import * as z from "zod";
import { isoTime } from "../../domain/clock.ts";
import type { GroupChange } from "../../domain/group/change.ts";
import type { GroupPerson, GroupSnapshot } from "../../domain/group/group.ts";
import { isGroup, Jid } from "../../domain/jid.ts";
import type { GroupNotice } from "../whatsapp-port.ts";
import { jidOf, named } from "./inbound-stanza.ts";

const Role = z.enum(["admin", "superadmin"]).catch("admin").nullable();

/** A group as Baileys reads it (lib/Socket/groups.js, extractGroupMetadata); people whom nobody can name are left out. */
export function snapshotOf(metadata: GroupMetadata): GroupSnapshot {
  const { subject, desc, owner, ownerPn, creation, announce, restrict } = metadata;
  return {
    id: Jid.parse(metadata.id),
    subject: subject ?? "",
    description: desc ?? null,
    owner: owner === undefined ? null : (named(owner, ownerPn, undefined) ?? null),
    onlyAdminsWrite: announce ?? false,
    onlyAdminsEdit: restrict ?? false,
    createdAt: creation !== undefined && Number.isFinite(creation) ? isoTime(creation * 1_000) : null,
    participants: metadata.participants.flatMap(({ id, phoneNumber, lid, admin }) => {
      const person = named(id, phoneNumber, lid);
      return person === undefined ? [] : [{ ...person, role: Role.parse(admin ?? null) ?? "member" }];
    }),
  };
}

/** What a `<notification type=w:gp2>` says of a group; undefined where it says nothing that is kept (an invite link). */
export function groupNoticeOf(stanza: BinaryNode, receivedAtMs: number): Omit<GroupNotice, "whole"> | undefined {
  const { id, from, type, t, participant, participant_pn } = stanza.attrs;
  const group = jidOf(from);
  const [child] = Array.isArray(stanza.content) ? stanza.content : [];
  if (type !== "w:gp2" || id === undefined || group === undefined || !isGroup(group) || child === undefined) {
    return undefined;
  }
  const change = changeOf(child);
  if (change === undefined) return undefined;
  const by = participant === undefined ? undefined : named(participant, participant_pn, undefined);
  const atMs = t === undefined ? receivedAtMs : Number(t) * 1_000;
  return { id, group, change, by: by ?? null, atMs };
}

const settings: Readonly<Record<string, GroupChange>> = {
  announcement: { kind: "settings", onlyAdminsWrite: true },
  not_announcement: { kind: "settings", onlyAdminsWrite: false },
  locked: { kind: "settings", onlyAdminsEdit: true },
  unlocked: { kind: "settings", onlyAdminsEdit: false },
};

function changeOf(child: BinaryNode): GroupChange | undefined {
  const participants = peopleOf(child);
  switch (child.tag) {
    case "create":
      return { kind: "created" };
    case "subject":
      return { kind: "subject", subject: child.attrs.subject ?? "" };
    case "description":
      return { kind: "description", description: bodyOf(child) };
    case "add":
      return { kind: "participants_added", participants };
    case "remove":
    case "leave":
      return { kind: "participants_removed", participants };
    case "promote":
      return { kind: "participants_promoted", participants };
    case "demote":
      return { kind: "participants_demoted", participants };
    default:
      return settings[child.tag];
  }
}

function peopleOf(child: BinaryNode): GroupPerson[] {
  return getBinaryNodeChildren(child, "participant").flatMap(({ attrs }) => {
    const person = named(attrs.jid ?? "", attrs.phone_number, attrs.lid);
    return person === undefined ? [] : [person];
  });
}

function bodyOf(description: BinaryNode): string | null {
  const content = getBinaryNodeChild(description, "body")?.content;
  if (content instanceof Uint8Array) return Buffer.from(content).toString("utf8");
  return typeof content === "string" ? content : null;
}
