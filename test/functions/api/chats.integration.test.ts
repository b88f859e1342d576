import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatOf } from "../../../domain/chat/chat.ts";
import { joinNames } from "../../../domain/chat/join.ts";
import { isoTime } from "../../../domain/clock.ts";
import { newId } from "../../../domain/id.ts";
import { Jid, personOf } from "../../../domain/jid.ts";
import { newWaMessageId, type StoredMessage } from "../../../domain/message/message.ts";
import { outgoingText } from "../../../domain/message/outgoing.ts";
import { storeSeenMessage } from "../../../domain/message/store.ts";
import type { Session } from "../../../domain/session/session.ts";
import { expectProblem, type FrontDoor, openFrontDoor, type TenantOfTest } from "../front-door.ts";
import { linkedSession } from "./linked-session.ts";

let door: FrontDoor;
let tenant: TenantOfTest;
let stranger: TenantOfTest;
beforeAll(async () => {
  door = await openFrontDoor();
  [tenant, stranger] = [await door.tenant(), await door.tenant()];
});
afterAll(() => door.close());

const list = (session: Session, query: Record<string, string> = {}, key = tenant.key) =>
  door.ask("GET", "/api/chats", { key, query: { sessionId: session.id, ...query } });

async function send(session: Session, to: string, text = "Hi") {
  const json = { sessionId: session.id, to, text };
  return (await door.ask("POST", "/api/messages/send", { key: tenant.key, json })).body;
}

/** What the socket host stores of a message that came in. */
async function receive(session: Session, from: string, text: string): Promise<StoredMessage> {
  const nowMs = Date.now();
  const jid = Jid.parse(from);
  const fresh = { id: newId("msg", nowMs), to: jid, text, priority: "normal", metadata: {} } as const;
  const sent = outgoingText(session, await chatOf(door.aws.db, session, jid), fresh, nowMs);
  const message: StoredMessage = {
    ...sent,
    direction: "inbound",
    source: "phone",
    status: "received",
    from: personOf({ jid, name: "Ana" }),
    waMessageId: newWaMessageId(),
    updatedAt: isoTime(nowMs),
  };
  expect(await storeSeenMessage(door.aws.db, { message, sender: jid, event: undefined })).toBe(true);
  expect(await storeSeenMessage(door.aws.db, { message, sender: jid, event: undefined })).toBe(false);
  return message;
}

describe("GET /api/chats", () => {
  it("lists the chats with their last messages, most recently active first, page by page", async () => {
    const session = await linkedSession(door, tenant);
    const numbers = ["15551000001", "15551000002", "15551000003"];
    for (const number of numbers) await send(session, number);
    const last = await send(session, numbers[0] ?? "", "once more");
    const { status, body } = await list(session);
    expect(status).toBe(200);
    const order = body.data.map(({ phone }: { phone: string }) => phone);
    expect(order).toEqual([`+${numbers[0]}`, `+${numbers[2]}`, `+${numbers[1]}`]);
    expect(body.data[0]).toMatchObject({
      id: `${numbers[0]}@s.whatsapp.net`,
      isGroup: false,
      unreadCount: 0,
      lastMessage: { id: last.id, text: "once more", status: "queued" },
    });
    const first = await list(session, { limit: "2" });
    const second = await list(session, { limit: "2", cursor: first.body.nextCursor });
    expect([...first.body.data, ...second.body.data]).toEqual(body.data);
    expect(second.body.nextCursor).toBeNull();
  });

  it("counts what came in and is unread, once a message, and knows the name", async () => {
    const session = await linkedSession(door, tenant);
    const jid = "15551000011@s.whatsapp.net";
    await receive(session, jid, "one");
    await receive(session, jid, "two");
    const [chat] = (await list(session)).body.data;
    expect(chat).toMatchObject({ id: jid, name: "Ana", unreadCount: 2, lastMessage: { text: "two" } });
    await send(session, jid, "x".repeat(5_000));
    const [after] = (await list(session)).body.data;
    expect(after).toMatchObject({ name: "Ana", unreadCount: 2 });
    expect(after.lastMessage.text).toHaveLength(1_000);
  });

  it("shows a chat that began under a LID under its number as soon as that is known", async () => {
    const session = await linkedSession(door, tenant);
    const [lid, number] = [Jid.parse("909090@lid"), Jid.parse("15551000021@s.whatsapp.net")];
    await receive(session, lid, "who am I?");
    expect((await list(session)).body.data).toMatchObject([{ id: lid, phone: null }]);
    await joinNames(door.aws.db, session, { known: number, other: lid });
    expect((await list(session)).body.data).toMatchObject([{ id: number, phone: "+15551000021", lid }]);
    await send(session, number, "you are you");
    expect((await list(session)).body.data).toMatchObject([{ id: number, lastMessage: { text: "you are you" } }]);
  });

  it("wants a session of the tenant's own", async () => {
    const session = await linkedSession(door, tenant);
    expect((await list(session)).body).toEqual({ data: [], nextCursor: null });
    expectProblem(await list(session, {}, stranger.key), 404, "not_found");
    expectProblem(await door.ask("GET", "/api/chats", { key: tenant.key }), 400, "validation_failed");
    expectProblem(await door.ask("GET", "/api/chats", {}), 401, "unauthorized");
  });
});
