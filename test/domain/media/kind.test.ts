import { describe, expect, it } from "vitest";
import { faultOf, mimetypeOf, wireMimetype } from "../../../domain/media/kind.ts";

const opus = Buffer.concat([Buffer.from("OggS"), Buffer.alloc(24), Buffer.from("OpusHead")]);
const vorbis = Buffer.concat([Buffer.from("OggS"), Buffer.alloc(24), Buffer.from("\x01vorbis")]);
const webp = Buffer.from("RIFF\x10\0\0\0WEBPVP8 ", "latin1");
const png = Buffer.from("89504e470d0a1a0a", "hex");

describe("a file as a kind of message", () => {
  it.each([
    ["voice", "audio/ogg; codecs=opus", opus],
    ["voice", "application/ogg", opus],
    ["sticker", "image/webp", webp],
    ["image", "image/png", png],
    ["audio", "audio/mpeg", Buffer.from("ID3")],
    ["video", "video/mp4", Buffer.from("\0\0\0\x18ftyp")],
    ["document", "application/x-anything", png],
  ] as const)("is taken as %s from %s", (kind, mimetype, head) => {
    expect(faultOf(kind, mimetype, head)).toBeUndefined();
  });

  it.each([
    ["voice", "audio/ogg; codecs=opus", vorbis, "Opus in an Ogg"],
    ["voice", "audio/ogg", Buffer.from("ID3"), "Opus in an Ogg"],
    ["voice", "audio/mpeg", opus, "cannot be sent as voice"],
    ["sticker", "image/webp", png, "WebP"],
    ["sticker", "image/png", webp, "cannot be sent as sticker"],
    ["image", "text/html", png, "cannot be sent as image"],
    ["voice", "audio/ogg", Buffer.alloc(0), "Opus in an Ogg"],
  ] as const)("is refused as %s from %s", (kind, mimetype, head, fault) => {
    expect(faultOf(kind, mimetype, head)).toContain(fault);
  });

  it("is told by its first bytes where nothing else tells", () => {
    expect([png, webp, opus, Buffer.from("%PDF-1.7"), Buffer.from("?")].map(mimetypeOf)).toEqual([
      "image/png",
      "image/webp",
      "audio/ogg",
      "application/pdf",
      "application/octet-stream",
    ]);
  });

  it("goes out under the type that phones expect of it", () => {
    expect(wireMimetype("voice", "application/ogg")).toBe("audio/ogg; codecs=opus");
    expect(wireMimetype("document", "text/plain")).toBe("text/plain");
  });
});
