import type { BinaryNode } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { callOf } from "../../../socket-host/baileys/call-stanza.ts";

const self = { pn: "15550000001:3@s.whatsapp.net", lid: "55:3@lid" };
const offer = (attrs: Record<string, string>, content: BinaryNode[] = [], tag = "offer"): BinaryNode => ({
  tag: "call",
  attrs: { id: "1", from: "77@lid", t: "1700000000", notify: "Ana" },
  content: [{ tag, attrs: { "call-id": "C1", ...attrs }, content }],
});
const read = (stanza: BinaryNode) => callOf(stanza, self, 5);

describe("a <call> stanza", () => {
  it("is somebody's call, by number where WhatsApp gives it", () => {
    const stanza = offer({ "call-creator": "77:2@lid", caller_pn: "15551112222@s.whatsapp.net" });
    expect(read(stanza)).toEqual({
      callId: "C1",
      status: "offered",
      kind: "audio",
      from: "15551112222@s.whatsapp.net",
      fromLid: "77@lid",
      pushName: "Ana",
      group: null,
      atMs: 1_700_000_000_000,
    });
    expect(read(offer({ "call-creator": "77@lid" }))).toMatchObject({ from: "77@lid", fromLid: "77@lid" });
  });

  it("says whether it comes with pictures, and in which group", () => {
    const video = offer({ "call-creator": "77@lid", "group-jid": "120363@g.us" }, [{ tag: "video", attrs: {} }]);
    expect(read(video)).toMatchObject({ kind: "video", group: "120363@g.us" });
    expect(read(offer({ media: "video" }, [], "offer_notice"))).toMatchObject({ kind: "video", from: "77@lid" });
  });

  it.each(["terminate", "reject"])("is over with <%s>", tag => {
    expect(read(offer({ "call-creator": "77@lid" }, [], tag))).toMatchObject({ status: "ended" });
  });

  it.each([
    ["in between", offer({ "call-creator": "77@lid" }, [], "transport")],
    ["of ourselves", offer({ "call-creator": "55:1@lid" })],
    ["of a call without an id", offer({ "call-id": "" })],
    ["empty", { tag: "call", attrs: { id: "1", from: "77@lid" } }],
    ["from nobody we could name", offer({ "call-creator": "call@call" })],
  ])("says nothing where it is %s", (_, stanza) => {
    expect(read(stanza)).toBeUndefined();
  });
});
