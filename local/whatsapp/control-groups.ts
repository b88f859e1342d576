import * as z from "zod";
import type { ControlContext } from "./control-context.ts";
import type { Call, Route } from "./control-route.ts";
import { PhoneNumber } from "./control-schemas.ts";
import { lidJid, phoneJid } from "./device-address.ts";
import { type Group, memberOf } from "./groups.ts";
import type { Phone } from "./phones.ts";
import { Problem, parseOr400 } from "./problem.ts";
import type { World } from "./world.ts";

const Subject = z.string().min(1).max(100);
const Numbers = z.array(PhoneNumber).max(1_024);

/** Whoever is first in the list has made the group. */
const NewGroup = z.strictObject({ subject: Subject, participants: Numbers.min(1) });

/** `by` is whoever does it: the one who made the group, unless told. */
const GroupChange = z.strictObject({
  by: PhoneNumber.optional(),
  subject: Subject.optional(),
  description: z.string().min(1).max(2_048).nullable().optional(),
  announce: z.boolean().optional(),
  add: Numbers.optional(),
  remove: Numbers.optional(),
  promote: Numbers.optional(),
  demote: Numbers.optional(),
});

export function groupRoutes({ world, groupChanges }: ControlContext): Route[] {
  return [
    {
      method: "POST",
      path: "/groups",
      answer: ({ body }) => {
        const { subject, participants } = parseOr400(NewGroup, body);
        const [creator, ...others] = phonesOf(world, [...new Set(participants)]);
        if (!creator) throw new Problem(400, "validation_failed", "A group needs somebody to make it.");
        return { status: 201, body: describe(world, groupChanges.create(subject, creator, others)) };
      },
    },
    {
      method: "GET",
      path: "/groups",
      answer: () => ({ status: 200, body: { data: world.groups.list().map(group => describe(world, group)) } }),
    },
    {
      method: "GET",
      path: "/groups/:id",
      answer: call => ({ status: 200, body: describe(world, groupOf(world, call)) }),
    },
    {
      method: "PATCH",
      path: "/groups/:id",
      answer: call => {
        const group = groupOf(world, call);
        const { by, ...change } = parseOr400(GroupChange, call.body);
        const [actor] = phonesOf(world, [by ?? group.creator]);
        phonesOf(world, change.add ?? []);
        requireMembers(group, change);
        if (!actor) throw new Problem(404, "not_on_whatsapp", "Whoever does it has no phone here.");
        return { status: 200, body: describe(world, groupChanges.change(group, actor, change)) };
      },
    },
  ];
}

/** One can only be removed from a group, or get another role in it, who is there or just comes. */
function requireMembers(
  group: Group,
  { add = [], remove = [], promote = [], demote = [] }: z.output<typeof GroupChange>,
) {
  const strangers = [...remove, ...promote, ...demote].filter(
    number => !memberOf(group, number) && !add.includes(number),
  );
  if (strangers.length > 0) throw new Problem(404, "not_in_group", `Not in the group: ${strangers.join(", ")}.`);
}

function groupOf(world: World, { parameters }: Call): Group {
  const group = world.groups.find(parameters.id ?? "");
  if (!group) throw new Problem(404, "group_not_found", "There is no such group.");
  return group;
}

function phonesOf(world: World, numbers: readonly string[]): Phone[] {
  return numbers.map(number => {
    const phone = world.phones.find(number);
    if (!phone) throw new Problem(404, "not_on_whatsapp", `There is no phone with the number ${number}.`);
    return phone;
  });
}

function describe(world: World, { id, subject, description, announce, members }: Group) {
  const participants = members.map(({ number, role }) => {
    const lid = world.phones.find(number)?.lid;
    return { number, jid: phoneJid(number), lid: lid === undefined ? null : lidJid(lid), role };
  });
  return { id, subject, description, announce, participants };
}
