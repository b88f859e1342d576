import { randomBytes } from "node:crypto";
import { lidJid, phoneJid } from "./device-address.ts";
import { descriptionNode, groupNode, participantNodes } from "./group-nodes.ts";
import type { Group, GroupFields, Role } from "./groups.ts";
import type { Phone } from "./phones.ts";
import type { Letter, PostOffice } from "./post-office.ts";
import { type Stanza, stanza, unixSeconds } from "./stanza.ts";
import type { World } from "./world.ts";

/** What somebody changes of a group: its fields, and whom they add, remove and give another role, by number. */
export interface GroupChange extends Partial<GroupFields> {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly promote?: readonly string[];
  readonly demote?: readonly string[];
}

/** Makes and changes groups, and tells the companions of everybody in them; phones just see how the group is. */
export class GroupChanges {
  readonly #world: World;
  readonly #postOffice: PostOffice;

  constructor(world: World, postOffice: PostOffice) {
    this.#world = world;
    this.#postOffice = postOffice;
  }

  create(subject: string, creator: Phone, others: readonly Phone[]): Group {
    const { groups, phones } = this.#world;
    const numbers = others.map(({ number }) => number);
    return this.#posted(() => {
      const group = groups.create(subject, [creator.number, ...numbers], this.#world.now());
      const created = stanza("create", {}, [groupNode(phones, group)]);
      return { group, letters: this.#letters(group.id, group.members, creator, created) };
    });
  }

  /** Each change is told by itself, in the order of the list above, as one after the other. */
  change(group: Group, by: Phone, change: GroupChange): Group {
    const { groups } = this.#world;
    return this.#posted(() => {
      const letters = [...this.#fields(group, by, change), ...this.#people(group, by, change)];
      return { group: groups.find(group.id) ?? group, letters };
    });
  }

  #fields(group: Group, by: Phone, { subject, description, announce }: GroupChange): Letter[] {
    const { groups } = this.#world;
    const nowMs = this.#world.now();
    const tell = (node: Stanza) => this.#letters(group.id, group.members, by, node);
    const letters: Letter[] = [];
    if (subject !== undefined) {
      groups.change(group.id, { subject }, nowMs);
      letters.push(...tell(stanza("subject", { subject, s_t: unixSeconds(nowMs), s_o: lidJid(by.lid) })));
    }
    if (description !== undefined) {
      groups.change(group.id, { description }, nowMs);
      letters.push(...tell(description === null ? stanza("description", { id: "D" }) : descriptionNode(description)));
    }
    if (announce !== undefined) {
      groups.change(group.id, { announce }, nowMs);
      letters.push(...tell(stanza(announce ? "announcement" : "not_announcement")));
    }
    return letters;
  }

  #people(group: Group, by: Phone, { add = [], remove = [], promote = [], demote = [] }: GroupChange): Letter[] {
    const { groups } = this.#world;
    const setRole = (role: Role) => (number: string) => groups.setMember(group.id, number, role);
    return [
      ...this.#eachOf(group, by, "add", add, setRole("member")),
      ...this.#eachOf(group, by, "promote", promote, setRole("admin")),
      ...this.#eachOf(group, by, "demote", demote, setRole("member")),
      ...this.#eachOf(group, by, "remove", remove, number => {
        groups.removeMember(group.id, number);
        this.#world.groupKeys.left(group.id);
      }),
    ];
  }

  /** One notification for all whom one kind of change is about. Whoever is removed hears of it too. */
  #eachOf(group: Group, by: Phone, tag: string, numbers: readonly string[], apply: (number: string) => void): Letter[] {
    if (numbers.length === 0) return [];
    const { groups, phones } = this.#world;
    const before = groups.find(group.id)?.members ?? [];
    for (const number of numbers) apply(number);
    const after = groups.find(group.id)?.members ?? [];
    const roles = new Map(after.map(({ number, role }) => [number, role]));
    const people = numbers.map(number => ({ number, role: roles.get(number) ?? "member" }));
    return this.#letters(
      group.id,
      tag === "remove" ? before : after,
      by,
      stanza(tag, {}, participantNodes(phones, people)),
    );
  }

  #letters(groupId: string, members: readonly { number: string }[], by: Phone, node: Stanza): Letter[] {
    const notification = stanza(
      "notification",
      {
        id: randomBytes(8).toString("hex"),
        type: "w:gp2",
        from: groupId,
        participant: lidJid(by.lid),
        participant_pn: phoneJid(by.number),
        addressing_mode: "lid",
        notify: by.name,
        t: unixSeconds(this.#world.now()),
      },
      [node],
    );
    const companions = members.flatMap(({ number }) => this.#world.devices.of(number));
    return companions.map(({ number, device }) => ({ to: { number, device }, stanza: notification }));
  }

  #posted(work: () => { group: Group; letters: Letter[] }): Group {
    const { group, letters } = this.#world.database.transaction(() => {
      const done = work();
      this.#postOffice.keep(done.letters);
      return done;
    });
    this.#postOffice.dispatch(letters);
    return group;
  }
}
