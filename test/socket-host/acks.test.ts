import { describe, expect, it } from "vitest";
import { Acks } from "../../socket-host/acks.ts";

const longMs = 60_000;
const never = new AbortController().signal;

describe("waiting for WhatsApp's word on a message", () => {
  it("ends with an ack, a nack, the end of the socket or silence", async () => {
    const acks = new Acks();
    const gone = new AbortController();
    const acked = acks.expect("a", longMs, never);
    const nacked = acks.expect("b", longMs, never);
    const lost = acks.expect("c", longMs, gone.signal);
    const silent = acks.expect("d", 1, never);
    expect(acks.acked("a", null)).toBe(true);
    expect(acks.acked("b", "479")).toBe(true);
    gone.abort();
    expect(await acked).toEqual({ outcome: "acked" });
    expect(await nacked).toEqual({ outcome: "nacked", code: "479" });
    expect(await lost).toEqual({ outcome: "lost" });
    expect(await silent).toEqual({ outcome: "silent" });
  });

  it("hears a word that nobody waits for, or waits for any more, without harm", async () => {
    const acks = new Acks();
    expect(acks.acked("a", null)).toBe(false);
    const waiting = acks.expect("a", longMs, never);
    acks.acked("a", null);
    await waiting;
    expect(acks.acked("a", "463")).toBe(false);
  });

  it("gives the word to the later of two tries of one message", async () => {
    const acks = new Acks();
    const gone = new AbortController();
    const first = acks.expect("a", longMs, gone.signal);
    const second = acks.expect("a", longMs, never);
    gone.abort();
    expect(await first).toEqual({ outcome: "lost" });
    expect(acks.acked("a", null)).toBe(true);
    expect(await second).toEqual({ outcome: "acked" });
  });

  it("is lost at once where the socket is gone already", async () => {
    expect(await new Acks().expect("a", longMs, AbortSignal.abort())).toEqual({ outcome: "lost" });
  });
});
