import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoredMessage } from "../../domain/message/message.ts";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

const owner = "15550000001";
const peer = "15551112222";

describe("what people say about a message that only its secret opens", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    ({ stage, session } = await HostStage.talking(owner, peer));
  });

  afterAll(() => stage.close());

  const post = (path: string, body: unknown, number = peer) =>
    stage.control.ok("POST", `/phones/${number}/${path}`, body) as Promise<{ id: string }>;
  const untilChanged = (message: StoredMessage, is: (now: StoredMessage) => boolean) =>
    eventually("the message to change", async () => {
      const now = await stage.message(message);
      return is(now) && now;
    });
  const eventsOf = async (type: string) => (await stage.events(session)).filter(event => event.type === type);

  it.each(["number", "lid", "lid_alone"])("is an edit of a person whose messages carry %s", async addressing => {
    await stage.control.change(peer, { addressing });
    const id = await stage.control.say(peer, owner, `before ${addressing}`);
    const chat = jidOf(peer);
    const stored = await stage.stored(session, chat, id);
    await post("edit", { id, text: `after ${addressing}` });
    const edited = await untilChanged(stored, ({ editedAt }) => Boolean(editedAt));
    expect(edited.text).toBe(`after ${addressing}`);
    expect((await eventsOf("message.edited")).at(-1)?.data).toMatchObject({ id: stored.id, text: edited.text });
    await stage.control.change(peer, { addressing: "number" });
  });

  it("is an edit in a group, and no message of its own", async () => {
    const group = await stage.control.createGroup("Team", [owner, peer]);
    const id = await stage.control.say(peer, group.id, "in the group");
    const stored = await stage.stored(session, group.id, id);
    await post("edit", { id, text: "corrected in the group" });
    expect((await untilChanged(stored, ({ editedAt }) => Boolean(editedAt))).text).toBe("corrected in the group");
    expect(await stage.history(session, group.id)).toHaveLength(1);
  });

  it("is an edit that the owner made on the phone, in the clear", async () => {
    const id = await stage.control.say(owner, peer, "mine");
    const stored = await stage.stored(session, jidOf(peer), id);
    await post("edit", { id, text: "mine, corrected" }, owner);
    await untilChanged(stored, ({ text }) => text === "mine, corrected");
  });

  it("is a reaction, or a comment that answers the message", async () => {
    const id = await stage.control.say(peer, owner, "an announcement");
    const stored = await stage.stored(session, jidOf(peer), id);
    await post("sealed-reactions", { to: owner, messageId: id, emoji: "🎉" });
    const reacted = await untilChanged(stored, ({ reactions = [] }) => reactions.length === 1);
    expect(reacted.reactions).toMatchObject([{ emoji: "🎉", from: { phone: `+${peer}` } }]);
    const comment = await post("comments", { to: owner, messageId: id, text: "well said" });
    const said = await stage.stored(session, jidOf(peer), comment.id);
    expect(said).toMatchObject({ type: "text", text: "well said", quotedMessageId: stored.id });
  });

  it("is a vote in a poll, which counts once a person, the last one", async () => {
    const poll = { poll: { question: "Where?", options: ["Here", "There"], selectableCount: 1 } };
    const { id } = await post("messages", { to: peer, ...poll }, owner);
    const stored = await stage.stored(session, jidOf(peer), id);
    const vote = (options: string[]) => post("votes", { to: owner, messageId: id, options });
    await vote(["Here"]);
    await untilChanged(stored, ({ poll: now }) => now?.results?.[0]?.votes === 1);
    await vote(["There"]);
    const after = await untilChanged(stored, ({ poll: now }) => now?.results?.[1]?.votes === 1);
    expect(after.poll?.results).toEqual([
      { option: "Here", votes: 0 },
      { option: "There", votes: 1 },
    ]);
    expect((await eventsOf("message.poll_vote")).map(({ data }) => data)).toEqual([
      { messageId: stored.id, voter: expect.objectContaining({ phone: `+${peer}` }), options: ["Here"] },
      { messageId: stored.id, voter: expect.objectContaining({ phone: `+${peer}` }), options: ["There"] },
    ]);
    await vote([]);
    await untilChanged(stored, ({ poll: now }) => now?.results?.every(({ votes }) => votes === 0) ?? false);
  });

  it("is opened after a restart of the host, since the secret is kept sealed with the message", async () => {
    const id = await stage.control.say(peer, owner, "long ago");
    const stored = await stage.stored(session, jidOf(peer), id);
    const [row] = (await stage.items("messages")).filter(({ sk }) => sk === stored.id);
    expect(row?.secret).toBeInstanceOf(Uint8Array);
    const [next] = [await stage.host(), await stage.control.say(peer, owner, "meanwhile")];
    expect(next).toBeDefined();
    await post("edit", { id, text: "lately" });
    await untilChanged(stored, ({ text }) => text === "lately");
  });
});
