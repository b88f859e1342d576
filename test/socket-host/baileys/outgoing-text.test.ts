import { proto } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import type { Jid } from "../../../domain/jid.ts";
import { encodedText } from "../../../socket-host/baileys/outgoing-text.ts";

const friend: Jid = "5511900000001@s.whatsapp.net";
const lid: Jid = "77001122@lid";
const to: Jid = "120363000000000001@g.us";
const asIs = async (jid: Jid) => jid;
const text = async (...args: Parameters<typeof encodedText>) =>
  proto.Message.decode(await encodedText(...args)).extendedTextMessage;
const own = { to, waMessageId: "3EB0AA" };

describe("the protobuf of a text", () => {
  it("says nothing of quotes and mentions where there are none", async () => {
    expect((await text({ ...own, text: "plain" }, asIs))?.contextInfo).toBeNull();
  });

  it("names people where a group goes by LIDs by their LIDs, in the list and in the text", async () => {
    const written = "@5511900000001, @+5511900000001 and @55119000000012";
    const sent = await text({ ...own, text: written, mentions: [friend, friend] }, async () => lid);
    expect(sent?.text).toBe("@77001122, @77001122 and @55119000000012");
    expect(sent?.contextInfo?.mentionedJid).toEqual([lid]);
  });

  it("quotes a message by its id, its author and what it said, without its secret and its own quote", async () => {
    const payload = await encodedText(
      { ...own, text: "first", quoted: { waMessageId: "3A00", author: friend, payload: undefined, text: "zero" } },
      asIs,
    );
    const quoted = { waMessageId: "3A11", author: lid, payload, text: "first" };
    const sent = await text({ ...own, text: "second", quoted }, asIs);
    expect(sent?.contextInfo).toMatchObject({ stanzaId: "3A11", participant: lid });
    const { quotedMessage } = sent?.contextInfo ?? {};
    expect(quotedMessage?.extendedTextMessage?.text).toBe("first");
    expect(quotedMessage?.extendedTextMessage?.contextInfo ?? null).toBeNull();
    expect(quotedMessage?.messageContextInfo ?? null).toBeNull();
  });
});
