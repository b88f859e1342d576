import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage } from "./host-stage.ts";

const owner = "15550000041";
const peer = "15551112241";

describe("a quote", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    ({ stage, session } = await HostStage.talking(owner, peer));
  });

  afterAll(() => stage.close());

  const arrived = (waMessageId: string) =>
    eventually("the message at the phone", async () =>
      (await stage.control.messages(peer)).find(({ id }) => id === waMessageId),
    );
  const stored = (waMessageId: string) => stage.stored(session, peer, waMessageId);

  it("of what they said and of what was said to them reaches the phone as that message", async () => {
    const theirs = await stored(await stage.control.say(peer, owner, "how are you?"));
    const fine = await stage.accept(session, peer, "fine", { quotedMessageId: theirs.id });
    expect(await arrived(fine.waMessageId)).toMatchObject({ text: "fine", quotedId: theirs.waMessageId });
    const more = await stage.accept(session, peer, "very fine", { quotedMessageId: fine.id });
    expect(await arrived(more.waMessageId)).toMatchObject({ text: "very fine", quotedId: fine.waMessageId });
  });

  it("of theirs, of our message or of their own, leads to our id of it", async () => {
    const ours = await stage.accept(session, peer, "lunch?");
    await arrived(ours.waMessageId);
    const say = async (quotedId: string) => {
      const body = { to: owner, text: "yes", quotedId };
      return (await stage.control.ok("POST", `/phones/${peer}/messages`, body)) as { id: string };
    };
    const first = await stored((await say(ours.waMessageId)).id);
    expect(first.quotedMessageId).toBe(ours.id);
    expect(await stored((await say(first.waMessageId)).id)).toMatchObject({ quotedMessageId: first.id });
  });

  it("is no matter where a person is mentioned: the phone shows the number that was written", async () => {
    const text = `ask @${owner}`;
    const sent = await stage.accept(session, peer, text, { mentions: [owner] });
    expect(await arrived(sent.waMessageId)).toMatchObject({ text, mentions: [`${owner}@s.whatsapp.net`] });
  });
});
