import { describe, expect, it } from "vitest";
import { chatByName } from "../../domain/chat/chat.ts";
import { newId } from "../../domain/id.ts";
import type { Jid } from "../../domain/jid.ts";
import { StoredMessage } from "../../domain/message/message.ts";
import type { JournalEntry } from "../../socket-host/keys/journal-entry.ts";
import { seenMessage, senderOf } from "../../socket-host/seen-message.ts";

const pn: Jid = "5511900000001@s.whatsapp.net";
const lid: Jid = "99887766@lid";
const group: Jid = "1203630@g.us";
const session = {
  id: newId("ses", 1),
  tenantId: newId("ten", 1),
  phone: { jid: "5511900000002@s.whatsapp.net", lid: "55@lid", number: "+5511900000002", name: "Me" },
};
const receivedAtMs = Date.parse("2026-05-01T12:00:00.500Z");

function entry(more: Partial<JournalEntry> = {}): JournalEntry {
  return {
    key: "k",
    waMessageId: "3EB0AA",
    receivedAtMs,
    whatsappAtMs: receivedAtMs - 500,
    fromMe: false,
    chat: pn,
    chatLid: lid,
    participant: null,
    participantLid: null,
    pushName: "Ana",
    content: { type: "text", text: "hi", quotedWaMessageId: null },
    ...more,
  };
}
const more = (chat: Jid) => ({ chat: chatByName(chat), quotedMessageId: null, nowMs: receivedAtMs + 50 });

describe("a message that came in", () => {
  it("is the person's, in the chat of their number, and can be stored", () => {
    const message = StoredMessage.parse(seenMessage(session, entry(), more(pn)));
    expect(message).toMatchObject({ direction: "inbound", status: "received", chatId: pn, text: "hi" });
    expect(message.from).toEqual({ id: pn, phone: "+5511900000001", lid, name: "Ana" });
    expect(message.to).toEqual({ id: session.phone.jid, phone: "+5511900000002", lid: "55@lid", name: "Me" });
  });

  it("has one id however often its entry is stored", () => {
    const first = seenMessage(session, entry(), more(pn));
    expect(seenMessage(session, entry({ key: "other" }), { ...more(pn), nowMs: 9 }).id).toBe(first.id);
    expect(seenMessage(session, entry({ waMessageId: "3EB0AB" }), more(pn)).id).not.toBe(first.id);
  });

  it("may be deleted when its tenant's retention ends, counted from its own time", () => {
    const kept = seenMessage({ ...session, retentionDays: 2 }, entry(), more(pn));
    expect(kept.ttl).toBe(Math.floor(Date.parse(kept.createdAt) / 1_000) + 2 * 86_400);
    expect(seenMessage(session, entry(), more(pn)).ttl).toBeUndefined();
  });

  it("is placed where we received it, but by WhatsApp's time where it waited over a minute for us", () => {
    const prompt = seenMessage(session, entry({ whatsappAtMs: receivedAtMs - 60_000 }), more(pn));
    const late = seenMessage(session, entry({ whatsappAtMs: receivedAtMs - 60_001 }), more(pn));
    expect(prompt.createdAt).toBe("2026-05-01T12:00:00.500Z");
    expect(late.createdAt).toBe("2026-05-01T11:59:00.499Z");
    expect(late.id < prompt.id).toBe(true);
  });

  it("is named by its sender's LID, which does not change when a number becomes known", () => {
    expect(senderOf(entry())).toBe(senderOf(entry({ chat: lid, chatLid: null })));
  });

  it("in a group is its writer's, to the group", () => {
    const inGroup = entry({ chat: group, chatLid: null, participant: pn, participantLid: lid });
    const message = seenMessage(session, inGroup, more(group));
    expect(message.from).toEqual({ id: pn, phone: "+5511900000001", lid, name: "Ana" });
    expect(message.to?.id).toBe(group);
    expect(senderOf(inGroup)).toBe(lid);
  });

  it("that the phone itself wrote is outbound and sent, to the other side", () => {
    const message = seenMessage(session, entry({ fromMe: true, pushName: "Me" }), more(pn));
    expect(message).toMatchObject({ direction: "outbound", source: "phone", status: "sent" });
    expect(message.from?.id).toBe(session.phone.jid);
    expect(message.to).toEqual({ id: pn, phone: "+5511900000001", lid, name: null });
  });

  it("has what was shared in it, and can be stored", () => {
    const location = { latitude: 1, longitude: 2, name: null, address: null, url: null, live: false };
    const contacts = [{ name: "Ana", phones: ["+1"], vcard: null }];
    const poll = { question: "?", options: ["a", "b"], selectableCount: 1 };
    const quotedWaMessageId = null;
    const seen = (content: JournalEntry["content"]) =>
      StoredMessage.parse(seenMessage(session, entry({ content }), more(pn)));
    const at = { type: "location", location, text: "here", quotedWaMessageId } as const;
    expect(seen(at)).toMatchObject({ type: "location", text: "here", location });
    expect(seen({ type: "contact", contacts, quotedWaMessageId })).toMatchObject({ type: "contact", contacts });
    expect(seen({ type: "poll", poll, quotedWaMessageId })).toMatchObject({ type: "poll", text: null, poll });
    const choice = { id: "b1", title: "Go" };
    expect(seen({ type: "text", text: "Go", choice, quotedWaMessageId })).toMatchObject({ type: "text", choice });
  });

  it.each([{ type: "undecryptable" } as const, { type: "other", payload: null } as const])(
    "of a kind not read is unsupported: %o",
    content => {
      expect(seenMessage(session, entry({ content }), more(pn))).toMatchObject({ type: "unsupported", text: null });
    },
  );
});
