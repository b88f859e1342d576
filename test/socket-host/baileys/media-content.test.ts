import { proto } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { recaptioned } from "../../../socket-host/baileys/media-content.ts";

describe("a message with a file", () => {
  it("names the same file under another caption, with a secret of its own", () => {
    const imageMessage = { directPath: "/v/1", mediaKey: Buffer.alloc(32, 1), caption: "Hello Ana" };
    const messageContextInfo = { messageSecret: Buffer.alloc(32, 2) };
    const payload = proto.Message.encode({ imageMessage, messageContextInfo }).finish();
    const other = proto.Message.decode(recaptioned(payload, "Hello Bo"));
    expect(other.imageMessage).toMatchObject({ directPath: "/v/1", caption: "Hello Bo" });
    expect(Buffer.from(other.messageContextInfo?.messageSecret ?? [])).not.toEqual(messageContextInfo.messageSecret);
    expect(proto.Message.decode(recaptioned(payload, null)).imageMessage?.caption).toBeFalsy();
  });
});
