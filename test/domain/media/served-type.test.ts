import { describe, expect, it } from "vitest";
import { servedType } from "../../../domain/media/served-type.ts";

describe("the type a file is served under", () => {
  it.each([
    "image/jpeg",
    "audio/ogg; codecs=opus",
    "video/mp4",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "text/plain; charset=utf-8",
  ])("is what it is said to be where a browser runs nothing of it: %s", said => {
    expect(servedType(said)).toBe(said);
  });

  it.each(["text/html", "TEXT/HTML; charset=utf-8", "image/svg+xml", "application/xhtml+xml", "text/javascript", ""])(
    "is bytes, or what they are, where a browser could run it: %s",
    said => {
      expect(servedType(said)).toBe("application/octet-stream");
      expect(servedType(said, Buffer.from("89504e470d0a1a0a", "hex"))).toBe("image/png");
    },
  );
});
