import { encodeWAMessage, proto, unpadRandomMax16 } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { contentOf, saysNothing } from "../../../socket-host/baileys/inbound-content.ts";

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
    const content = said({ locationMessage: { degreesLatitude: 1, degreesLongitude: 2 } });
    if (content?.type !== "other" || content.payload === null) throw new Error("not kept");
    const kept = proto.Message.decode(Buffer.from(content.payload, "base64"));
    expect(kept.locationMessage).toMatchObject({ degreesLatitude: 1, degreesLongitude: 2 });
  });

  it("is not kept where it is too large for a row", () => {
    const jpegThumbnail = Buffer.alloc(300_000);
    expect(said({ imageMessage: { jpegThumbnail } })).toEqual({ type: "other", payload: null });
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
