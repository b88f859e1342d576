import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chatOf } from "../../domain/chat/chat.ts";
import { joinNames } from "../../domain/chat/join.ts";
import { listChats } from "../../domain/chat/listing.ts";
import { newId } from "../../domain/id.ts";
import type { Jid } from "../../domain/jid.ts";
import { outgoingText } from "../../domain/message/outgoing.ts";
import { listMessages, storeSeenMessage } from "../../domain/message/store.ts";
import { cursorsFor } from "../../domain/page.ts";
import { newSession } from "../../domain/session/new-session.ts";
import type { Session } from "../../domain/session/session.ts";
import { type EmulatedAws, emulatedAws } from "../emulated-aws.ts";

const number: Jid = "5511987654321@s.whatsapp.net";
const other: Jid = "551187654321@s.whatsapp.net";
const lid: Jid = "77001122@lid";
const cursors = cursorsFor("key", []);

let aws: EmulatedAws;
beforeAll(async () => {
  aws = await emulatedAws();
});
afterAll(() => aws[Symbol.asyncDispose]());

function sessionOfTest(): Session {
  const nowMs = Date.now();
  return newSession({ id: newId("ses", nowMs), tenantId: newId("ten", nowMs) }, 4, nowMs);
}

async function comesIn(session: Session, name: Jid, text: string, atMs: number): Promise<void> {
  const chat = await chatOf(aws.db, session, name);
  const fresh = { id: newId("msg", atMs), to: name, text, priority: "normal", metadata: {} } as const;
  const written = outgoingText(session, chat, fresh, atMs);
  const message = { ...written, direction: "inbound", status: "received", from: written.to, to: null } as const;
  await storeSeenMessage(aws.db, { message, sender: name, event: undefined });
}

const shown = async (session: Session, limit = 20) =>
  (await listChats(aws.db, session, { limit, cursors, nowMs: Date.now() })).data.map(
    ({ id, unreadCount, lastMessage }) => ({
      id,
      unreadCount,
      last: lastMessage?.text,
    }),
  );

async function history(session: Session, name: Jid, limit = 2): Promise<(string | null)[]> {
  const owner = { tenantId: session.tenantId, sessionId: session.id };
  const texts: (string | null)[] = [];
  let cursor: string | undefined;
  do {
    const page = await listMessages(aws.db, owner, await chatOf(aws.db, session, name), { limit, cursor, cursors });
    texts.push(...page.data.map(({ text }) => text));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return texts;
}

describe("two chats that turn out to be one person's", () => {
  it("become one in the list and in the history, whichever had messages, and stay so", async () => {
    const session = sessionOfTest();
    const start = Date.now() - 60_000;
    for (const [nth, name] of [number, lid, number, lid, lid].entries()) {
      await comesIn(session, name, String(nth), start + nth * 1_000);
    }
    expect(await shown(session)).toHaveLength(2);
    await joinNames(aws.db, session, { known: number, other: lid });
    await joinNames(aws.db, session, { known: number, other: lid });
    expect(await shown(session)).toEqual([{ id: number, unreadCount: 5, last: "4" }]);
    for (const name of [number, lid]) expect(await history(session, name)).toEqual(["4", "3", "2", "1", "0"]);
    await comesIn(session, lid, "5", start + 9_000);
    expect(await shown(session)).toEqual([{ id: number, unreadCount: 6, last: "5" }]);
    expect(await history(session, lid)).toEqual(["5", "4", "3", "2", "1", "0"]);
  });

  it("take up a third name, and go by the spelling that WhatsApp has", async () => {
    const session = sessionOfTest();
    const start = Date.now() - 60_000;
    await comesIn(session, lid, "0", start);
    await comesIn(session, number, "1", start + 1_000);
    await comesIn(session, other, "2", start + 2_000);
    await joinNames(aws.db, session, { known: other, other: lid });
    await joinNames(aws.db, session, { known: other, other: number });
    expect(await shown(session)).toEqual([{ id: other, unreadCount: 3, last: "2" }]);
    for (const name of [number, lid, other]) {
      expect(await chatOf(aws.db, session, name)).toMatchObject({ id: other });
      expect(await history(session, name)).toEqual(["2", "1", "0"]);
    }
  });

  it("show a message that was accepted under the old name while they were joined", async () => {
    const session = sessionOfTest();
    const before = await chatOf(aws.db, session, number);
    await joinNames(aws.db, session, { known: other, other: number });
    const fresh = { id: newId("msg", Date.now()), to: number, text: "late", priority: "normal", metadata: {} } as const;
    const written = outgoingText(session, before, fresh, Date.now());
    await storeSeenMessage(aws.db, { message: written, sender: "me", event: undefined });
    expect(await history(session, other)).toEqual(["late"]);
  });
});
