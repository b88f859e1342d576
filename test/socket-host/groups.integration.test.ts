import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listChats } from "../../domain/chat/listing.ts";
import { findGroup } from "../../domain/group/store.ts";
import type { Jid } from "../../domain/jid.ts";
import { cursorsFor } from "../../domain/page.ts";
import type { Session } from "../../domain/session/session.ts";
import type { RunningHost } from "../../socket-host/start-host.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const owner = "15550000051";
const quinn = "15551112251";
const rita = "15551112252";
const late = "15551112253";

describe("a session in a group", () => {
  let stage: HostStage;
  let session: Session;
  let host: RunningHost;
  let group: string;

  beforeAll(async () => {
    stage = await HostStage.open();
    for (const [number, name] of [
      [quinn, "Quinn"],
      [rita, "Rita"],
      [late, "Late"],
    ] as const) {
      await stage.control.createPhone(number, name);
    }
    host = await stage.host();
    session = await stage.linked(owner);
    group = (await stage.control.createGroup("Lunch", [quinn, owner, rita])).id;
  });

  afterAll(() => stage.close());

  const at = (number: string, waMessageId: string) =>
    eventually(`the message at …${number.slice(-4)}`, async () =>
      (await stage.control.messages(number)).find(({ id }) => id === waMessageId),
    );
  const stored = (waMessageId: string) => stage.stored(session, group, waMessageId);

  it("writes to everybody once; delivered and read as soon as the first of them has it and has read it", async () => {
    const sent = await stage.accept(session, group, "who is hungry?");
    for (const number of [quinn, rita, owner]) {
      expect(await at(number, sent.waMessageId)).toMatchObject({ chat: group, text: "who is hungry?", copies: 1 });
    }
    expect(await stage.untilMessage(sent, "delivered")).toMatchObject({ chatId: group });
    await stage.control.ok("POST", `/phones/${rita}/read`, { ids: [sent.waMessageId] });
    await stage.untilMessage(sent, "read");
  });

  it("hears what people write there, and who they are", async () => {
    const { lid } = await stage.control.phone(quinn);
    const message = await stored(await stage.control.say(quinn, group, "me"));
    expect(message).toMatchObject({
      chatId: group,
      direction: "inbound",
      text: "me",
      from: { id: `${quinn}@s.whatsapp.net`, phone: `+${quinn}`, lid, name: "Quinn" },
      to: { id: group, phone: null },
    });
    const own = await stored(await stage.control.say(owner, group, "me too"));
    expect(own).toMatchObject({ direction: "outbound", source: "phone", chatId: group });
  });

  it("quotes and mentions people by what the group calls them", async () => {
    const asked = await stored(await stage.control.say(quinn, group, "pizza?"));
    const text = `@${rita} do you?`;
    const options = { quotedMessageId: asked.id, mentions: [rita] };
    const { waMessageId } = await stage.accept(session, group, text, options);
    expect(await at(rita, waMessageId)).toMatchObject({
      text,
      quotedId: asked.waMessageId,
      mentions: [`${rita}@s.whatsapp.net`],
    });
  });

  it("hears whom people mention, by number where it is known", async () => {
    const body = { to: group, text: `ask @${quinn}`, mentions: [quinn] };
    const { id } = (await stage.control.ok("POST", `/phones/${rita}/messages`, body)) as { id: string };
    const { lid } = await stage.control.phone(quinn);
    expect((await stored(id)).mentions).toMatchObject([{ phone: `+${quinn}`, lid }]);
  });

  it("writes so that whoever was added a moment ago can read it", async () => {
    await stage.control.changeGroup(group, { add: [late] });
    const { waMessageId } = await stage.accept(session, group, "welcome");
    expect(await at(late, waMessageId)).toMatchObject({ text: "welcome", copies: 1 });
    await stored(await stage.control.say(late, group, "thanks"));
  });

  it("goes on with the same keys after another host took over", async () => {
    await stage.kill(host);
    host = await stage.host();
    const said = stage.control.say(quinn, group, "anyone?");
    const { waMessageId } = await stage.accept(session, group, "still here");
    for (const number of [quinn, rita, late]) expect(await at(number, waMessageId)).toMatchObject({ copies: 1 });
    expect((await stage.history(session, group)).filter(({ text }) => text === "anyone?").length).toBeLessThan(2);
    await stored(await said);
  }, 60_000);

  const shown = () => findGroup(stage.db, session, group as Jid);
  const updates = async () =>
    (await stage.events(session)).filter(({ type, data }) => type === "group.updated" && data.id === group);

  it("keeps the group as it is, and tells of each change once", async () => {
    const numbers = (now: Awaited<ReturnType<typeof shown>>) =>
      now?.participants.map(({ jid, role }) => `${jid.split("@")[0]} ${role}`);
    await stage.control.changeGroup(group, { promote: [rita], announce: true });
    await stage.control.changeGroup(group, { subject: "Dinner", description: "at eight", announce: false });
    await stage.control.changeGroup(group, { demote: [rita], remove: [late] });
    const now = await eventually("the last change", async () => {
      const found = await shown();
      return numbers(found)?.length === 3 && found;
    });
    expect(now).toMatchObject({ subject: "Dinner", description: "at eight", onlyAdminsWrite: false, isMember: true });
    expect(numbers(now)).toEqual([`${quinn} superadmin`, `${owner} member`, `${rita} member`]);
    const told = await updates();
    expect(told.map(({ data }) => (data.change as { kind: string }).kind)).toEqual([
      "created",
      "participants_added",
      "settings",
      "participants_promoted",
      "subject",
      "description",
      "settings",
      "participants_demoted",
      "participants_removed",
    ]);
    expect(told[1]?.data).toMatchObject({
      subject: "Lunch",
      size: 4,
      change: { participants: [{ phone: `+${late}` }], by: { phone: `+${quinn}` } },
    });
    expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
    const { data } = await listChats(stage.db, session, {
      limit: 10,
      cursors: cursorsFor("key", []),
      nowMs: Date.now(),
    });
    expect(data.find(({ id }) => id === group)).toMatchObject({ name: "Dinner", isGroup: true });
  });

  it("writes under a new key once somebody has left", async () => {
    const { id } = await stage.control.createGroup("Secrets", [quinn, owner, rita, late]);
    await at(late, (await stage.accept(session, id, "all of you")).waMessageId);
    await stage.control.changeGroup(id, { remove: [late] });
    for (const text of ["not for everybody", "nor is this"]) {
      const { waMessageId } = await stage.accept(session, id, text);
      for (const number of [quinn, rita]) expect(await at(number, waMessageId)).toMatchObject({ text, copies: 1 });
    }
    expect(await stage.control.stats()).toMatchObject({ groupKeysOutlived: 0 });
  });

  it("sees after a while away how its groups are, without a word on those that are as they were", async () => {
    const before = (await updates()).length;
    await stage.control.changeGroup(group, { add: [late] });
    await eventually("the change", async () => (await updates()).length === before + 1);
    await stage.restart(session);
    await stage.control.changeGroup(group, { remove: [owner] });
    await eventually("that it is out", async () => (await shown())?.isMember === false);
    expect((await shown())?.participants).toHaveLength(3);
    await stage.control.changeGroup(group, { add: [owner] });
    await eventually("that it is back", async () => (await shown())?.isMember);
    expect((await updates()).length).toBe(before + 3);
  });

  it("is refused a group that it is not in, or that there is not, for good", async () => {
    const other = await stage.control.createGroup("Others", [quinn, rita]);
    for (const [to, detail] of [
      [other.id, "403"],
      ["120363999999999@g.us", "404"],
    ] as const) {
      const failed = await stage.untilMessage(await stage.accept(session, to, "hello?"), "failed");
      expect(failed.error).toMatchObject({ code: "rejected", detail });
    }
  });
});
