import { describe, expect, it } from "vitest";
import { changedGroup, contentOf, groupUpdate, isTold, keptGroup } from "../../../domain/group/change.ts";
import type { GroupPerson, GroupSnapshot } from "../../../domain/group/group.ts";

const ana: GroupPerson = { jid: "5511900000001@s.whatsapp.net", lid: "11@lid" };
const bob: GroupPerson = { jid: "5511900000002@s.whatsapp.net", lid: "22@lid" };
const at = "2026-11-01T12:00:00.000Z";
const group: GroupSnapshot = {
  id: "120363000000000001@g.us",
  subject: "Lunch",
  description: null,
  owner: ana,
  onlyAdminsWrite: false,
  onlyAdminsEdit: false,
  createdAt: at,
  participants: [{ ...ana, role: "superadmin" }],
};

describe("a change of a group", () => {
  it("adds, promotes, demotes and removes people by either of their names", () => {
    const added = changedGroup(group, { kind: "participants_added", participants: [bob] });
    expect(added.participants.at(-1)).toEqual({ ...bob, role: "member" });
    const byLid: GroupPerson = { jid: "22@lid", lid: "22@lid" };
    const promoted = changedGroup(added, { kind: "participants_promoted", participants: [byLid] });
    expect(promoted.participants.at(-1)).toEqual({ ...bob, role: "admin" });
    const demoted = changedGroup(promoted, { kind: "participants_demoted", participants: [byLid] });
    expect(changedGroup(demoted, { kind: "participants_removed", participants: [byLid] })).toEqual(group);
  });

  it("is the same when it is made twice", () => {
    for (const change of [
      { kind: "participants_added", participants: [bob] },
      { kind: "participants_removed", participants: [ana] },
      { kind: "subject", subject: "Dinner" },
      { kind: "description", description: "at eight" },
      { kind: "settings", onlyAdminsWrite: true },
    ] as const) {
      const once = changedGroup(group, change);
      expect(changedGroup(once, change)).toEqual(once);
      expect(contentOf(once, true)).not.toBe(contentOf(group, true));
    }
  });

  it("is known by its cause for the next fifty, and tells whether the session is in the group", () => {
    let kept = keptGroup(undefined, { snapshot: group, self: bob, cause: "first", at });
    expect(kept).toMatchObject({ isMember: false, version: 1 });
    for (let nth = 0; nth < 49; nth++) kept = keptGroup(kept, { snapshot: group, self: ana, cause: `n${nth}`, at });
    expect(kept).toMatchObject({ isMember: true, version: 50 });
    expect(isTold(kept, "first")).toBe(true);
    kept = keptGroup(kept, { snapshot: group, self: ana, cause: "last", at });
    expect(isTold(kept, "first")).toBe(false);
  });

  it("is told with the group, of a large one with the first thousand people, small enough for a topic", () => {
    const people = Array.from(
      { length: 5_000 },
      (_, nth): GroupPerson => ({
        jid: `${551_190_000_000_000 + nth}@s.whatsapp.net`,
        lid: `${100_000_000_000_000 + nth}@lid`,
      }),
    );
    const large = changedGroup(group, { kind: "participants_added", participants: people });
    const kept = keptGroup(undefined, { snapshot: large, self: ana, cause: undefined, at });
    const data = groupUpdate(kept, { kind: "participants_added", participants: [bob] }, ana);
    expect(data).toMatchObject({ size: 4_000, change: { participants: [{ phone: "+5511900000002" }] } });
    expect(data.participants).toHaveLength(1_000);
    expect(Buffer.byteLength(JSON.stringify(data))).toBeLessThan(240_000);
  });
});
