import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

const owner = "15550000001";
const peer = "15551112222";
const other = "15551112223";

describe("receipts", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    ({ stage, session } = await HostStage.talking(owner, peer));
    await stage.control.createPhone(other, "Other");
  });

  afterAll(() => stage.close());

  const receive = (body: object) => stage.control.ok("POST", `/phones/${owner}/receipts`, body);

  it("of two hundred messages that nobody knows hold no other receipt up", async () => {
    const message = await stage.accept(session, peer, "hello");
    await stage.untilMessage(message, "delivered");
    const unknown = Array.from({ length: 200 }, (_, place) => `3EB0${String(place).padStart(18, "0")}`);
    await receive({ from: other, ids: unknown, type: "read" });
    await stage.control.ok("POST", `/phones/${peer}/read`, { ids: [message.waMessageId] });
    await stage.untilMessage(message, "read", 15_000);
  });

  it("of a device that is not in use are no deliveries", async () => {
    await stage.control.change(peer, { online: false });
    const message = await stage.accept(session, peer, "are you there?");
    await stage.untilMessage(message, "sent");
    await receive({ from: peer, ids: [message.waMessageId], type: "inactive" });
    const next = await stage.accept(session, other, "and you?");
    await stage.untilMessage(next, "delivered");
    expect((await stage.message(message)).status).toBe("sent");
    await stage.control.change(peer, { online: true });
    await stage.untilMessage(message, "delivered");
  });

  it("of many people of a group come as one", async () => {
    await stage.control.change(peer, { online: false });
    await stage.control.change(other, { online: false });
    const group = await stage.control.createGroup("Team", [owner, peer, other]);
    const message = await stage.accept(session, group.id, "all of you");
    await stage.untilMessage(message, "sent");
    await receive({ group: group.id, messageId: message.waMessageId, readers: [peer, other], type: "read" });
    await stage.untilMessage(message, "read");
  });

  it("and messages of a business that WhatsApp hosts are of the person, alone and in a group", async () => {
    for (const [number, addressing] of [
      ["15551112231", "hosted"],
      ["15551112232", "hosted_lid"],
    ] as const) {
      await stage.control.createPhone(number, addressing);
      await stage.control.change(number, { addressing });
      const alone = await stage.control.say(number, owner, `alone ${addressing}`);
      const stored = await stage.stored(session, jidOf(number), alone);
      expect(stored).toMatchObject({ text: `alone ${addressing}`, from: { phone: `+${number}`, name: addressing } });
      const group = await stage.control.createGroup(addressing, [owner, number]);
      const said = await stage.control.say(number, group.id, `together ${addressing}`);
      expect(await stage.stored(session, group.id, said)).toMatchObject({ from: { phone: `+${number}` } });
      const answer = await stage.accept(session, number, "and hello to you");
      await stage.untilMessage(answer, "delivered");
    }
    const texts = (await stage.events(session)).filter(({ type }) => type === "message.undecryptable");
    expect(await eventually("nothing lost", () => texts.length === 0 && "nothing")).toBe("nothing");
  });
});
