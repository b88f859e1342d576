import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HostStage } from "./host-stage.ts";

let stage: HostStage;
beforeAll(async () => {
  stage = await HostStage.open();
  await stage.host();
});
afterAll(() => stage.close());

const given = async () => {
  const { keyQueries = 0, keysGiven = 0, keysGivenAgain = 0 } = await stage.control.stats();
  return { keyQueries, keysGiven, keysGivenAgain };
};

describe("a session that has written to somebody", () => {
  it.each([true, false])("asks for nobody's keys again on its next connections (migrated: %s)", async lidMigrated => {
    const [owner, friend] = lidMigrated ? ["15550000911", "15551112311"] : ["15550000912", "15551112312"];
    await stage.control.createPhone(owner, "Owner", { lidMigrated });
    await stage.control.createPhone(friend, "Friend");
    const session = await stage.scan(await stage.createSession(), owner);
    await stage.untilMessage(await stage.accept(session, friend, "one"), "delivered");
    const before = await given();
    for (const text of ["two", "three"]) {
      await stage.restart(session);
      await stage.untilMessage(await stage.accept(session, friend, text), "delivered");
    }
    expect(await given()).toEqual(before);
    expect(before.keysGivenAgain).toBe(0);
  });

  it("asks once for the keys of each member of a large group", async () => {
    const members = Array.from({ length: 150 }, (_, place) => String(15_557_770_000 + place));
    for (const number of members) await stage.control.createPhone(number, "Member");
    const session = await stage.linked("15550000913");
    const { id: group } = await stage.control.createGroup("Everybody", ["15550000913", ...members]);
    const before = await given();
    await stage.untilMessage(await stage.accept(session, group, "hello all"), "delivered", 60_000);
    const first = await given();
    expect(first.keysGiven - before.keysGiven).toBeLessThanOrEqual(members.length + 1);
    await stage.restart(session);
    await stage.untilMessage(await stage.accept(session, group, "hello again"), "delivered", 60_000);
    expect(await given()).toEqual(first);
    expect(first.keysGivenAgain).toBe(0);
  });
});
