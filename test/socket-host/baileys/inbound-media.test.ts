import { randomBytes } from "node:crypto";
import { encodeWAMessage, type proto } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import { contentOf } from "../../../socket-host/baileys/inbound-content.ts";

const said = (message: proto.IMessage) => contentOf(encodeWAMessage(message));
const mediaKey = randomBytes(32);
const sha256 = randomBytes(32);
const file = { mediaKey, directPath: "/v/t62.7118-24/1?ccb=11", fileSha256: sha256, fileLength: 12 };
const source = {
  mediaKey: mediaKey.toString("base64"),
  directPath: file.directPath,
  fileSha256: sha256.toString("base64"),
  fileEncSha256: null,
};

describe("a message with a file", () => {
  it.each<[string, proto.IMessage, string]>([
    ["an image", { imageMessage: file }, "image"],
    ["a video", { videoMessage: file }, "video"],
    ["a video note", { ptvMessage: file }, "video"],
    ["a recording", { audioMessage: file }, "audio"],
    ["a voice note", { audioMessage: { ...file, ptt: true } }, "voice"],
    ["a document", { documentMessage: file }, "document"],
    ["a document with a caption", { documentWithCaptionMessage: { message: { documentMessage: file } } }, "document"],
    ["a sticker", { stickerMessage: file }, "sticker"],
  ])("is read as what it is: %s", (_, message, kind) => {
    expect(said(message)).toMatchObject({ type: "media", kind, size: 12, source });
  });

  it("has its caption, its name and what it answers", () => {
    const documentMessage = {
      ...file,
      mimetype: "application/pdf",
      caption: "here",
      fileName: "../../etc/pass\u0000wd.pdf",
      contextInfo: { stanzaId: "3EB0AA" },
    };
    expect(said({ documentMessage })).toEqual({
      type: "media",
      kind: "document",
      mimetype: "application/pdf",
      filename: "passwd.pdf",
      caption: "here",
      size: 12,
      source,
      quotedWaMessageId: "3EB0AA",
    });
  });

  it("is not believed where it calls itself something that is no media type", () => {
    expect(said({ imageMessage: { ...file, mimetype: "image/jpeg\r\nx: y" } })).toMatchObject({
      mimetype: "application/octet-stream",
    });
    expect(said({ audioMessage: { ...file, ptt: true } })).toMatchObject({ mimetype: "audio/ogg; codecs=opus" });
  });

  it("names no host: its address gives the path alone", () => {
    const { directPath: _, ...rest } = file;
    const url = "https://evil.example/v/1?x=1";
    expect(said({ imageMessage: { ...rest, url } })).toMatchObject({ source: { ...source, directPath: "/v/1?x=1" } });
  });

  it.each<[string, proto.Message.IImageMessage]>([
    ["its key", { ...file, mediaKey: undefined }],
    ["where it is", { ...file, directPath: undefined }],
    ["a path that is one", { ...file, directPath: "//evil.example/1" }],
  ])("cannot be fetched where it lacks %s", (_, imageMessage) => {
    expect(said({ imageMessage })).toMatchObject({ type: "media", source: null });
  });
});
