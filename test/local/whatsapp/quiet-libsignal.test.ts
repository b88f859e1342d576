import { describe, expect, it } from "vitest";
import { quietLibsignal } from "../../../local/whatsapp/quiet-libsignal.ts";

describe("quietLibsignal", () => {
  it("drops libsignal's own lines and lets every other through, however often it is called", () => {
    const written: unknown[][] = [];
    const write = (...line: unknown[]) => void written.push(line);
    const target = { error: write, warn: write, info: write };
    quietLibsignal(target);
    quietLibsignal(target);
    target.info("Closing session:", { secret: 1 });
    target.error("Session error:Error: Bad MAC", "stack");
    target.warn("Decrypted message with closed session.");
    target.error("something else", 2);
    target.warn({ an: "object" });
    expect(written).toEqual([["something else", 2], [{ an: "object" }]]);
  });
});
