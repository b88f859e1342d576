import { describe, expect, it } from "vitest";
import { arrivalOf, ciphertextsOf } from "../../../socket-host/baileys/inbound-stanza.ts";
import { receiptsOf } from "../../../socket-host/baileys/receipt-stanza.ts";

const self = { pn: "15550000001:7@s.whatsapp.net", lid: "900001:7@lid" };
const atMs = 1_700_000_123_456;
const message = (attrs: Record<string, string>, content?: unknown) => ({
  tag: "message",
  attrs: { id: "ID", t: "1700000100", ...attrs },
  content: content as never,
});
const arrival = (attrs: Record<string, string>) => arrivalOf(message(attrs), self, atMs, 7);
const receipt = (attrs: Record<string, string>, content?: unknown) =>
  receiptsOf({ tag: "receipt", attrs: { id: "ID", ...attrs }, content: content as never }, self, atMs)[0];

describe("whose message a stanza is", () => {
  it("tells a chat of two by the number where it is known, and by both names", () => {
    const expected = { fromMe: false, chat: "15550000002@s.whatsapp.net", chatLid: "900002@lid", participant: null };
    expect(arrival({ from: "15550000002:3@s.whatsapp.net", sender_lid: "900002@lid" })).toMatchObject(expected);
    expect(arrival({ from: "900002:3@lid", sender_pn: "15550000002@s.whatsapp.net" })).toMatchObject(expected);
    expect(arrival({ from: "900002@lid" })).toMatchObject({ chat: "900002@lid", chatLid: "900002@lid" });
    expect(arrival({ from: "15550000002@s.whatsapp.net" })).toMatchObject({ chatLid: null });
  });

  it("tells what our own phone said by whom it said it to", () => {
    const expected = { fromMe: true, chat: "15550000002@s.whatsapp.net", chatLid: "900002@lid", participant: null };
    const recipient = "15550000002@s.whatsapp.net";
    expect(arrival({ from: "15550000001@s.whatsapp.net", recipient, peer_recipient_lid: "900002@lid" })).toMatchObject(
      expected,
    );
    expect(
      arrival({ from: "900001@lid", recipient: "900002@lid", peer_recipient_pn: "15550000002@s.whatsapp.net" }),
    ).toMatchObject(expected);
  });

  it("tells who wrote in a group", () => {
    const from = "123456789012345@g.us";
    expect(arrival({ from, participant: "900002:1@lid", participant_pn: "15550000002@s.whatsapp.net" })).toMatchObject({
      fromMe: false,
      chat: from,
      chatLid: null,
      participant: "15550000002@s.whatsapp.net",
      participantLid: "900002@lid",
    });
    expect(arrival({ from, participant: "900001@lid" })).toMatchObject({ fromMe: true, participant: "900001@lid" });
  });

  it("takes a message to a broadcast list as one in the chat with its author", () => {
    expect(arrival({ from: "1234567@broadcast", participant: "15550000002@s.whatsapp.net" })).toMatchObject({
      chat: "15550000002@s.whatsapp.net",
      participant: null,
    });
  });

  it("takes a business that WhatsApp hosts for the person, in a chat of two and in a group", () => {
    const expected = { chat: "15550000002@s.whatsapp.net", chatLid: "900002@lid", participant: null };
    expect(arrival({ from: "15550000002:99@hosted", sender_lid: "900002@lid" })).toMatchObject(expected);
    expect(arrival({ from: "900002:99@hosted.lid", sender_pn: "15550000002@s.whatsapp.net" })).toMatchObject(expected);
    expect(arrival({ from: "123456789012345@g.us", participant: "900002:99@hosted.lid" })).toMatchObject({
      participant: "900002@lid",
      participantLid: "900002@lid",
    });
  });

  it("says when it was sent and when it came", () => {
    expect(arrival({ from: "15550000002@s.whatsapp.net", notify: "Bob" })).toMatchObject({
      whatsappAtMs: 1_700_000_100_000,
      receivedAtMs: atMs,
      pushName: "Bob",
    });
  });

  it("is nobody's where it is a status, a channel or between our own devices", () => {
    expect(arrival({ from: "status@broadcast", participant: "15550000002@s.whatsapp.net" })).toBeUndefined();
    expect(arrival({ from: "120363000000000000@newsletter" })).toBeUndefined();
    expect(arrival({ from: "15550000001@s.whatsapp.net", category: "peer" })).toBeUndefined();
  });

  it("has the very ciphertexts that will be decrypted", () => {
    const [first, second] = [Buffer.from("1"), Buffer.from("2")];
    const stanza = message({ from: "15550000002@s.whatsapp.net" }, [
      { tag: "enc", attrs: { type: "pkmsg" }, content: first },
      { tag: "enc", attrs: { type: "skmsg" }, content: second },
      { tag: "reporting", attrs: {}, content: Buffer.from("3") },
    ]);
    expect(ciphertextsOf(stanza)).toEqual([first, second]);
    expect(ciphertextsOf(stanza)[0]).toBe(first);
  });
});

describe("what a receipt says", () => {
  const from = "15550000002:4@s.whatsapp.net";

  it.each([
    [undefined, "delivered"],
    ["read", "read"],
    ["played", "played"],
  ])("type %s is %s", (type, status) => {
    expect(receipt({ from, t: "1700000200", ...(type === undefined ? {} : { type }) })).toEqual({
      waMessageIds: ["ID"],
      status,
      byOwner: false,
      from: "15550000002@s.whatsapp.net",
      participant: null,
      atMs: 1_700_000_200_000,
    });
  });

  it.each(["inactive", "retry", "sender", "read-self", "peer_msg", "hist_sync", "server-error"])(
    "type %s is not about what a person did with our message",
    type => {
      expect(receipt({ from, type })).toBeUndefined();
    },
  );

  it("speaks of every message in its list", () => {
    const item = (id: string) => ({ tag: "item", attrs: { id } });
    const list = [{ tag: "list", attrs: {}, content: [item("B"), item("C")] }];
    expect(receipt({ from, type: "read" }, list)?.waMessageIds).toEqual(["ID", "B", "C"]);
  });

  it("names a business that WhatsApp hosts as the person", () => {
    expect(receipt({ from: "15550000002:99@hosted" })).toMatchObject({ from: "15550000002@s.whatsapp.net" });
  });

  it("speaks of many people of a group, each at their own time", () => {
    const user = (jid: string, t: string) => ({ tag: "user", attrs: { jid, t } });
    const users = [user("900002@lid", "1700000201"), user("900003:1@lid", "1700000202")];
    const participants = { tag: "participants", attrs: { key: "MSG" }, content: users };
    const attrs = { id: "ID", from: "123456789012345@g.us", type: "read" };
    expect(receiptsOf({ tag: "receipt", attrs, content: [participants] }, self, atMs)).toEqual([
      expect.objectContaining({
        waMessageIds: ["MSG"],
        status: "read",
        participant: "900002@lid",
        atMs: 1_700_000_201_000,
      }),
      expect.objectContaining({
        waMessageIds: ["MSG"],
        status: "read",
        participant: "900003@lid",
        atMs: 1_700_000_202_000,
      }),
    ]);
  });

  it("names who in a group", () => {
    const group = "123456789012345@g.us";
    expect(receipt({ from: group, participant: "900002:1@lid", type: "read" })).toMatchObject({
      from: group,
      participant: "900002@lid",
    });
  });

  it("of our own phone says what its owner has read, and nothing else", () => {
    expect(receipt({ from: "15550000001@s.whatsapp.net", recipient: from })).toBeUndefined();
    for (const type of ["read", "read-self"]) {
      expect(receipt({ from: "900001@lid", type, recipient: from })).toMatchObject({ status: "read", byOwner: true });
    }
  });
});
