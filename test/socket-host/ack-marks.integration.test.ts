import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

let stage: HostStage;
beforeAll(async () => {
  stage = await HostStage.open();
  await stage.host();
});
afterAll(() => stage.close());

describe("what WhatsApp's ack says besides", () => {
  it("that a device got nothing: it gets the message, and nobody gets it twice", async () => {
    const session = await stage.linked("15550000921");
    const reader = await stage.linked("15550000922");
    await stage.untilMessage(await stage.accept(session, "15550000922", "first"), "delivered");
    await stage.control.fault({ kind: "late_devices", number: "15550000922" });
    const late = await stage.scan(await stage.createSession(), "15550000922");
    const sent = await stage.accept(session, "15550000922", "for all your devices");
    for (const device of [reader, late]) await stage.stored(device, "15550000921", sent.waMessageId);
    expect((await stage.control.messages("15550000922")).at(-1)).toMatchObject({ id: sent.waMessageId, copies: 1 });
    await stage.control.clearFaults();
  });

  it("that a group is not as it was known: it is asked for, and the message goes out once more", async () => {
    const session = await stage.linked("15550000923");
    await stage.control.createPhone("15551112321", "Member");
    const { id: group } = await stage.control.createGroup("Stale", ["15551112321", "15550000923"]);
    await stage.untilMessage(await stage.accept(session, group, "one"), "delivered");
    await stage.control.fault({ kind: "stale_groups", number: "15550000923" });
    const sent = await stage.untilMessage(await stage.accept(session, group, "two"), "delivered");
    expect(sent.error).toBeNull();
    const [seen] = (await stage.control.messages("15551112321")).slice(-1);
    expect(seen).toMatchObject({ text: "two", copies: 1 });
  });

  it("that a person has a new LID: it is asked for, and used from then on", async () => {
    const session = await stage.linked("15550000924");
    await stage.control.createPhone("15551112322", "Mover");
    await stage.untilMessage(await stage.accept(session, "15551112322", "one"), "delivered");
    await stage.control.fault({ kind: "new_lid", number: "15551112322" });
    await stage.untilMessage(await stage.accept(session, "15551112322", "two"), "delivered");
    const { lid } = await stage.control.phone("15551112322");
    await eventually("the new LID to be known", async () =>
      (await stage.items("chats")).some(item => JSON.stringify(item).includes(lid)),
    );
    await stage.untilMessage(await stage.accept(session, "15551112322", "three"), "delivered");
    expect(await stage.control.stats()).toMatchObject({ sentToFormerLids: 1 });
  });
});
