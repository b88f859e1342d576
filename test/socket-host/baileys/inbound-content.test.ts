import { encodeWAMessage, proto, unpadRandomMax16 } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { contentOf, saysNothing } from "../../../socket-host/baileys/inbound-content.ts";
import { InboundContent } from "../../../socket-host/keys/journal-entry.ts";

const said = (message: proto.IMessage) => contentOf(encodeWAMessage(message));

describe("what a decrypted message says", () => {
  it("is a text, however it is wrapped", () => {
    const text = { type: "text", text: "hello", quotedWaMessageId: null };
    expect(said({ conversation: "hello" })).toEqual(text);
    expect(said({ extendedTextMessage: { text: "hello" } })).toEqual(text);
    expect(said({ ephemeralMessage: { message: { conversation: "hello" } } })).toEqual(text);
    expect(said({ deviceSentMessage: { destinationJid: "x", message: { conversation: "hello" } } })).toEqual(text);
    expect(said({ conversation: "hello", senderKeyDistributionMessage: { groupId: "g" } })).toEqual(text);
  });

  it("is an answer to another message", () => {
    const extendedTextMessage = { text: "yes", contextInfo: { stanzaId: "3EB0AA" } };
    expect(said({ extendedTextMessage })).toEqual({ type: "text", text: "yes", quotedWaMessageId: "3EB0AA" });
  });

  it("is kept as it is where it is of a kind not read yet", () => {
    const content = said({ productMessage: { body: "a chair" } });
    if (content?.type !== "other" || content.payload === null) throw new Error("not kept");
    const kept = proto.Message.decode(Buffer.from(content.payload, "base64"));
    expect(kept.productMessage).toMatchObject({ body: "a chair" });
  });

  it.each(["lottieStickerMessage", "botInvokeMessage", "groupMentionedMessage"] as const)(
    "is what %s wraps",
    wrapper => {
      const inner = { conversation: "inside" };
      expect(said({ [wrapper]: { message: inner } })).toMatchObject({ type: "text", text: "inside" });
      expect(said({ ephemeralMessage: { message: { [wrapper]: { message: inner } } } })).toMatchObject({
        text: "inside",
      });
    },
  );

  it.each(["albumMessage", "statusMentionMessage", "groupStatusMentionMessage"] as const)("is none in %s", part => {
    expect(said({ [part]: {} })).toBeUndefined();
  });

  it("names the ad that its writer came from, and takes no preview for one", () => {
    const card = { title: "Two for one", body: "This week", sourceUrl: "https://fb.me/abc" };
    const withCard = (externalAdReply: object) =>
      said({ extendedTextMessage: { text: "hi", contextInfo: { externalAdReply } } });
    expect(withCard({ ...card, sourceType: "ad", sourceId: "12", ctwaClid: "Af" })).toMatchObject({
      referral: {
        sourceUrl: card.sourceUrl,
        sourceId: "12",
        sourceType: "ad",
        headline: card.title,
        body: card.body,
        ctwaClid: "Af",
      },
    });
    expect(withCard(card)).not.toHaveProperty("referral");
  });

  it("is not kept where it is too large for a row", () => {
    expect(said({ productMessage: { product: { description: "a".repeat(300_000) } } })).toEqual({
      type: "other",
      payload: null,
    });
  });

  it("is a place, with the words beside it, and the message it answers", () => {
    const place = { degreesLatitude: -23.5, degreesLongitude: -46.6 };
    const contextInfo = { stanzaId: "3EB0AA" };
    const plain = { latitude: -23.5, longitude: -46.6, name: null, address: null, url: null, live: false };
    const named = { ...place, name: "Sé", address: "Praça da Sé", comment: "here", contextInfo };
    expect(said({ locationMessage: named })).toEqual({
      type: "location",
      location: { ...plain, name: "Sé", address: "Praça da Sé" },
      text: "here",
      quotedWaMessageId: "3EB0AA",
    });
    const live = { type: "location", location: { ...plain, live: true }, text: "coming", quotedWaMessageId: null };
    expect(said({ liveLocationMessage: { ...place, caption: "coming" } })).toEqual(live);
  });

  it("is one card or many, with the numbers on them", () => {
    const vcard = "BEGIN:VCARD\nFN:Ana\nitem1.TEL;waid=5511999999999:+55 11 99999-9999\nTEL:123\nEND:VCARD";
    const ana = { name: "Ana", phones: ["+5511999999999", "123"], vcard };
    const one = said({ contactMessage: { displayName: "Ana", vcard } });
    expect(one).toEqual({ type: "contact", contacts: [ana], quotedWaMessageId: null });
    const withPhoto = { displayName: "Bo", vcard: `TEL:7\nPHOTO:${"A".repeat(9_000)}` };
    const many = said({ contactsArrayMessage: { contacts: [{ displayName: "Ana", vcard }, withPhoto] } });
    expect(many).toMatchObject({ contacts: [ana, { name: "Bo", phones: ["7"], vcard: null }] });
  });

  it("is a poll, under each of the names WhatsApp has for one", () => {
    const poll = { name: "Lunch?", options: [{ optionName: "Yes" }, { optionName: "No" }], selectableOptionsCount: 1 };
    const read = { question: "Lunch?", options: ["Yes", "No"], selectableCount: 1 };
    const expected = { type: "poll", poll: read, quotedWaMessageId: null };
    expect(said({ pollCreationMessage: poll })).toEqual(expected);
    expect(said({ pollCreationMessageV3: poll, messageContextInfo: { messageSecret: Buffer.alloc(32) } })).toEqual(
      expected,
    );
    expect(said({ pollCreationMessageV4: { message: { pollCreationMessage: poll } } })).toEqual(expected);
  });

  it("is an invitation to an event", () => {
    const location = { degreesLatitude: 1, degreesLongitude: 2, name: "Café" };
    const eventMessage = { name: "Talk", startTime: 1_700_000_000, location, joinLink: "https://call.example/x" };
    expect(said({ eventMessage })).toMatchObject({
      type: "event",
      event: {
        name: "Talk",
        description: null,
        startsAt: "2023-11-14T22:13:20.000Z",
        endsAt: null,
        location: { latitude: 1, longitude: 2, name: "Café" },
        joinLink: "https://call.example/x",
        cancelled: false,
      },
    });
    expect(said({ eventMessage: { name: "x", startTime: 9e15 } })).toMatchObject({ event: { startsAt: null } });
  });

  it.each<[string, proto.IMessage, { id: string | null; title: string | null }]>([
    [
      "a button",
      { buttonsResponseMessage: { selectedButtonId: "b1", selectedDisplayText: "Go" } },
      { id: "b1", title: "Go" },
    ],
    [
      "a row of a list",
      { listResponseMessage: { title: "Row", singleSelectReply: { selectedRowId: "r" } } },
      { id: "r", title: "Row" },
    ],
    [
      "a template's button",
      { templateButtonReplyMessage: { selectedId: "t", selectedDisplayText: "Yes" } },
      { id: "t", title: "Yes" },
    ],
    ["a button without words", { buttonsResponseMessage: { selectedButtonId: "b2" } }, { id: "b2", title: null }],
  ])("is a text with what was chosen where it answers %s", (_, message, choice) => {
    const text = choice.title ?? choice.id;
    expect(said(message)).toEqual({ type: "text", text, choice, quotedWaMessageId: null });
  });

  it.each<[string, proto.IMessage, string]>([
    ["with buttons", { buttonsMessage: { contentText: "Choose" } }, "Choose"],
    ["with a list", { listMessage: { description: "Pick" } }, "Pick"],
    ["of a template", { templateMessage: { hydratedTemplate: { hydratedContentText: "Dear" } } }, "Dear"],
    ["of a card", { interactiveMessage: { body: { text: "Body" } } }, "Body"],
    [
      "that invites to a group",
      { groupInviteMessage: { groupName: "Us", inviteCode: "AbC" } },
      "Us\nhttps://chat.whatsapp.com/AbC",
    ],
  ])("is the words of a message %s", (_, message, text) => {
    expect(said(message)).toEqual({ type: "text", text, quotedWaMessageId: null });
  });

  it("is bounded, whatever its sender put in, so that its event can be published", () => {
    const long = "x".repeat(100_000);
    const contacts = Array.from({ length: 300 }, () => ({ displayName: long, vcard: `TEL:${long.slice(0, 3_000)}` }));
    const options = Array.from({ length: 500 }, () => ({ optionName: long }));
    const eventMessage = { name: long, description: long, joinLink: long, location: { name: long, address: long } };
    for (const message of [
      { contactsArrayMessage: { contacts } },
      { pollCreationMessage: { name: long, options } },
      { eventMessage },
    ]) {
      const content = said(message);
      expect(InboundContent.safeParse(content).success).toBe(true);
      expect(JSON.stringify(content).length).toBeLessThan(150_000);
    }
  });

  it.each<[string, proto.IMessage]>([
    ["history or keys between devices", { protocolMessage: { type: 5 } }],
    ["a group's key", { senderKeyDistributionMessage: { groupId: "g" } }],
    ["a reaction", { reactionMessage: { text: "+" } }],
    ["nothing", {}],
  ])("is none where it is %s", (_, message) => {
    expect(said(message)).toBeUndefined();
  });

  it("throws where it is no WhatsApp message", () => {
    expect(() => contentOf(Buffer.from([0xff, 0xff, 0xff, 1]))).toThrow();
  });

  it("can be nothing at all, for a message that was read before", () => {
    expect(proto.Message.toObject(proto.Message.decode(unpadRandomMax16(saysNothing)))).toEqual({});
  });
});
