import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { StoredMessage } from "../../domain/message/message.ts";
import type { MessageChange } from "../../domain/outbox/outbox.ts";
import type { Session } from "../../domain/session/session.ts";
import { eventually } from "../eventually.ts";
import { HostStage, jidOf } from "./host-stage.ts";

const owner = "15550000001";
const peer = "15551112222";

describe("changes of messages that are there already", () => {
  let stage: HostStage;
  let session: Session;

  beforeAll(async () => {
    ({ stage, session } = await HostStage.talking(owner, peer));
  });

  afterAll(() => stage.close());

  const ask = (message: StoredMessage, change: MessageChange) => stage.change(session, message, change);

  const changesAt = async (number: string, id: string) =>
    (await stage.control.messages(number)).filter(({ quotedId }) => quotedId === id);
  const saidOf = async (message: StoredMessage) =>
    (await stage.events(session)).filter(({ data }) => data.id === message.id);
  const untilChanged = (message: StoredMessage, is: (now: StoredMessage) => boolean) =>
    eventually("the message to change", async () => {
      const now = await stage.message(message);
      return is(now) && now;
    });

  it("reach the phone once, and then change the message and make their events", async () => {
    const sent = await stage.accept(session, peer, "first");
    await stage.untilMessage(sent, "delivered");
    await ask(sent, { kind: "reaction", emoji: "👍" });
    const reacted = await untilChanged(sent, ({ reactions = [] }) => reactions.length === 1);
    expect(reacted.reactions).toMatchObject([{ emoji: "👍", from: { phone: `+${owner}` } }]);
    await ask(sent, { kind: "reaction", emoji: "" });
    await untilChanged(sent, ({ reactions = [] }) => reactions.length === 0);
    await ask(sent, { kind: "edit", text: "second" });
    expect(await untilChanged(sent, ({ text }) => text === "second")).toMatchObject({ status: "delivered" });
    await ask(sent, { kind: "revoke" });
    const gone = await untilChanged(sent, ({ deletedAt }) => Boolean(deletedAt));
    expect(gone).toMatchObject({ text: null, reactions: [] });
    expect(gone.payload).toBeUndefined();
    const seen = await eventually("all at the phone", async () => {
      const found = await changesAt(peer, sent.waMessageId);
      return found.length === 4 && found;
    });
    expect(seen.map(({ type, text, copies }) => [type, text, copies])).toEqual([
      ["reaction", "👍", 1],
      ["reaction", "", 1],
      ["edit", "second", 1],
      ["revoke", null, 1],
    ]);
    const types = (await saidOf(sent)).map(({ type }) => type).slice(-4);
    expect(types).toEqual(["message.reaction", "message.reaction", "message.edited", "message.deleted"]);
    expect((await stage.items("outbox")).length).toBe(0);
  });

  it("that WhatsApp refuses are told of on the message, which is as it was, until one goes through", async () => {
    const sent = await stage.accept(session, peer, "as it was");
    await stage.untilMessage(sent, "delivered");
    await stage.control.fault({ number: owner, kind: "nack", code: 479, count: 1 });
    await ask(sent, { kind: "edit", text: "never" });
    const refused = await untilChanged(sent, ({ changeError }) => Boolean(changeError));
    expect(refused).toMatchObject({ text: "as it was", status: "delivered", error: null });
    expect(refused.editedAt ?? null).toBeNull();
    expect(refused.changeError).toMatchObject({ change: "edit", code: "rejected", detail: "479" });
    const told = (await saidOf(sent)).at(-1);
    expect(told).toMatchObject({ type: "message.edited", data: { text: "as it was", editedAt: null } });
    expect(told?.data).toMatchObject({ changeError: { change: "edit", code: "rejected" } });
    await ask(sent, { kind: "edit", text: "at last" });
    expect((await untilChanged(sent, ({ text }) => text === "at last")).changeError).toBeNull();
    await eventually("the outbox to empty", async () => (await stage.items("outbox")).length === 0);
  });

  it("of an inbound message: read tells its author, once", async () => {
    await stage.control.change(peer, { readsMessages: false });
    const id = await stage.control.say(peer, owner, "read me");
    const inbound = await stage.stored(session, peer, id);
    const unread = async () => (await stage.items("chats")).map(({ unreadCount }) => unreadCount).filter(Boolean);
    expect(await unread()).toEqual([1]);
    await ask(inbound, { kind: "read" });
    const read = await untilChanged(inbound, ({ status }) => status === "read");
    expect(read.timeline.map(({ status }) => status)).toEqual(["received", "read"]);
    await ask(inbound, { kind: "read" });
    await eventually("the outbox to empty", async () => (await stage.items("outbox")).length === 0);
    expect(await unread()).toEqual([]);
    expect((await saidOf(inbound)).map(({ type }) => type)).toEqual(["message.received", "message.read"]);
  });

  it("of an inbound message: all unread before it are read with it, here or on the owner's phone", async () => {
    const chat = async () => (await stage.items("chats")).find(({ sk }) => sk === `chat#${jidOf(peer)}`);
    const ids = [];
    for (const text of ["one", "two", "three", "four"]) ids.push(await stage.control.say(peer, owner, text));
    const [one, two, three, four] = await Promise.all(ids.map(id => stage.stored(session, peer, id)));
    if (!one || !two || !three || !four) throw new Error("four messages were sent");
    expect(await chat()).toMatchObject({ unreadCount: 4 });
    await ask(two, { kind: "read" });
    await untilChanged(one, ({ status }) => status === "read");
    await untilChanged(two, ({ status }) => status === "read");
    expect((await stage.message(three)).status).toBe("received");
    await stage.control.ok("POST", `/phones/${owner}/read`, { ids: [four.waMessageId] });
    await untilChanged(four, ({ status }) => status === "read");
    await untilChanged(three, ({ status }) => status === "read");
    await eventually("nothing to be unread", async () => (await chat())?.unreadCount === 0);
    expect((await saidOf(three)).map(({ type }) => type)).toEqual(["message.received", "message.read"]);
  });

  it("that people make on their phones change the message, each once, and nobody edits what another wrote", async () => {
    const mine = await stage.accept(session, peer, "mine");
    await stage.untilMessage(mine, "delivered");
    const id = await stage.control.say(peer, owner, "theirs");
    const theirs = await stage.stored(session, peer, id);
    const post = (path: string, body: unknown) => stage.control.ok("POST", `/phones/${peer}/${path}`, body);
    await post("messages", { to: owner, reaction: { messageId: mine.waMessageId, emoji: "🎉" } });
    await post("edit", { id, text: "theirs, edited" });
    expect(await untilChanged(theirs, ({ editedAt }) => Boolean(editedAt))).toMatchObject({ text: "theirs, edited" });
    await post("revoke", { id });
    await untilChanged(theirs, ({ deletedAt }) => Boolean(deletedAt));
    const reacted = await untilChanged(mine, ({ reactions = [] }) => reactions.length === 1);
    expect(reacted.reactions).toMatchObject([{ emoji: "🎉", from: { phone: `+${peer}`, name: "Peer" } }]);
    expect((await saidOf(theirs)).map(({ type }) => type)).toEqual([
      "message.received",
      "message.edited",
      "message.deleted",
    ]);
    const [reaction] = (await saidOf(mine)).filter(({ type }) => type === "message.reaction");
    expect(reaction?.data.reaction).toMatchObject({ emoji: "🎉" });
    // No change became a message of its own.
    const history = await stage.history(session, jidOf(peer));
    expect(history.filter(({ type }) => type === "unsupported")).toEqual([]);
  });

  it("of a session that ends are erased with its history", async () => {
    await stage.delete(session, true);
    await eventually("everything of it to be gone", async () => (await stage.items("messages")).length === 0);
  });
});
