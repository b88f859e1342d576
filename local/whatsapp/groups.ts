import { randomInt } from "node:crypto";
import * as z from "zod";
import { type Database, Flag } from "./database.ts";

const Role = z.enum(["member", "admin", "superadmin"]);
export type Role = z.infer<typeof Role>;

export interface GroupMember {
  readonly number: string;
  readonly role: Role;
}

/** A group as it is now; people stand by number, in the order they joined. */
export interface Group {
  /** Its JID. */
  readonly id: string;
  readonly subject: string;
  readonly subjectAtMs: number;
  readonly description: string | null;
  /** Whether only administrators may write. */
  readonly announce: boolean;
  /** The number of whoever made it. */
  readonly creator: string;
  readonly createdAtMs: number;
  readonly members: readonly GroupMember[];
}

const GroupRow = z
  .object({
    id: z.string(),
    subject: z.string(),
    subject_at_ms: z.number(),
    description: z.string().nullable(),
    announce: Flag,
    creator: z.string(),
    created_at_ms: z.number(),
  })
  .transform(row => ({
    id: row.id,
    subject: row.subject,
    subjectAtMs: row.subject_at_ms,
    description: row.description,
    announce: row.announce,
    creator: row.creator,
    createdAtMs: row.created_at_ms,
  }));
const MemberRow = z.object({ number: z.string(), role: Role });
const IdRow = z.object({ id: z.string() });

/** What of a group is not its people. */
export type GroupFields = Pick<Group, "subject" | "description" | "announce">;

/** The groups and who is in them. */
export class Groups {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** A new group; the first of its people has made it. */
  create(subject: string, numbers: readonly [string, ...string[]], nowMs: number): Group {
    const [creator, ...others] = numbers;
    const id = `12036${randomInt(10 ** 6)}${randomInt(10 ** 7, 10 ** 8)}@g.us`;
    this.#database.transaction(() => {
      this.#database
        .prepare("INSERT INTO groups (id, subject, subject_at_ms, creator, created_at_ms) VALUES (?, ?, ?, ?, ?)")
        .run(id, subject, nowMs, creator, nowMs);
      this.setMember(id, creator, "superadmin");
      for (const number of others) this.setMember(id, number, "member");
    });
    return this.#existing(id);
  }

  find(id: string): Group | undefined {
    const row = this.#database.prepare("SELECT * FROM groups WHERE id = ?").get(id);
    return row && { ...GroupRow.parse(row), members: this.#membersOf(id) };
  }

  list(): Group[] {
    return this.#database
      .prepare("SELECT id FROM groups ORDER BY id")
      .all()
      .map(row => this.#existing(IdRow.parse(row).id));
  }

  /** The groups that somebody is in. */
  of(number: string): Group[] {
    return this.#database
      .prepare("SELECT group_id AS id FROM group_members WHERE number = ? ORDER BY group_id")
      .all(number)
      .map(row => this.#existing(IdRow.parse(row).id));
  }

  change(id: string, fields: Partial<GroupFields>, nowMs: number): void {
    const group = this.#existing(id);
    const { subject, description, announce } = { ...group, ...fields };
    const subjectAtMs = fields.subject === undefined ? group.subjectAtMs : nowMs;
    this.#database
      .prepare("UPDATE groups SET subject = ?, subject_at_ms = ?, description = ?, announce = ? WHERE id = ?")
      .run(subject, subjectAtMs, description, announce ? 1 : 0, id);
  }

  /** Adds somebody, or gives them another role. */
  setMember(id: string, number: string, role: Role): void {
    this.#database
      .prepare(
        `INSERT INTO group_members (group_id, number, role) VALUES (?, ?, ?)
         ON CONFLICT (group_id, number) DO UPDATE SET role = excluded.role`,
      )
      .run(id, number, role);
  }

  /** Takes somebody out, and forgets that they have the keys of those who write there. */
  removeMember(id: string, number: string): void {
    this.#database.prepare("DELETE FROM group_members WHERE group_id = ? AND number = ?").run(id, number);
    this.#database.prepare("DELETE FROM sender_key_holders WHERE group_id = ? AND holder_number = ?").run(id, number);
  }

  /** Whether a device has the key that a phone encrypts its messages to a group with. */
  holdsKeyOf(id: string, phone: string, holder: { number: string; device: number }): boolean {
    const select = `SELECT 1 FROM sender_key_holders
       WHERE group_id = ? AND number = ? AND holder_number = ? AND holder_device = ?`;
    return this.#database.prepare(select).get(id, phone, holder.number, holder.device) !== undefined;
  }

  noteKeyHolder(id: string, phone: string, holder: { number: string; device: number }): void {
    this.#database
      .prepare("INSERT OR IGNORE INTO sender_key_holders VALUES (?, ?, ?, ?)")
      .run(id, phone, holder.number, holder.device);
  }

  #existing(id: string): Group {
    const group = this.find(id);
    if (!group) throw new Error("a group is gone that was there a moment ago");
    return group;
  }

  #membersOf(id: string): GroupMember[] {
    return this.#database
      .prepare("SELECT number, role FROM group_members WHERE group_id = ? ORDER BY seq")
      .all(id)
      .map(row => MemberRow.parse(row));
  }
}

export function isGroupJid(jid: string): boolean {
  return jid.endsWith("@g.us");
}

export function memberOf(group: Group, number: string): GroupMember | undefined {
  return group.members.find(member => member.number === number);
}
