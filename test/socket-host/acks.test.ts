import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Acks } from "../../socket-host/acks.ts";

const longMs = 60_000;
const limits = { leaveWithinMs: longMs, ackWithinMs: longMs };
const never = new AbortController().signal;

describe("waiting for WhatsApp's word on a message", () => {
  it("ends with an ack, a nack, the end of the socket or silence", async () => {
    const acks = new Acks();
    const gone = new AbortController();
    const acked = acks.expect("a", limits, never);
    const nacked = acks.expect("b", limits, never);
    const lost = acks.expect("c", limits, gone.signal);
    const silent = acks.expect("d", { ...limits, leaveWithinMs: 1 }, never);
    expect(acks.acked("a", null)).toBe(true);
    expect(acks.acked("b", "479")).toBe(true);
    gone.abort();
    expect(await acked.outcome).toEqual({ outcome: "acked" });
    expect(await nacked.outcome).toEqual({ outcome: "nacked", code: "479" });
    expect(await lost.outcome).toEqual({ outcome: "lost" });
    expect(await silent.outcome).toEqual({ outcome: "silent" });
  });

  it("hears a word that nobody waits for, or waits for any more, without harm", async () => {
    const acks = new Acks();
    expect(acks.acked("a", null)).toBe(false);
    const waiting = acks.expect("a", limits, never);
    acks.acked("a", null);
    await waiting.outcome;
    expect(acks.acked("a", "463")).toBe(false);
  });

  it("gives the word to the later of two tries of one message", async () => {
    const acks = new Acks();
    const gone = new AbortController();
    const first = acks.expect("a", limits, gone.signal);
    const second = acks.expect("a", limits, never);
    gone.abort();
    expect(await first.outcome).toEqual({ outcome: "lost" });
    expect(acks.acked("a", null)).toBe(true);
    expect(await second.outcome).toEqual({ outcome: "acked" });
  });

  it("begins once the message has left, however long it waited for other work", async () => {
    const acks = new Acks();
    const waiting = acks.expect("a", { ...limits, ackWithinMs: 1 }, never);
    const told = Promise.race([waiting.outcome, setTimeout(20, "nothing yet")]);
    expect(await told).toBe("nothing yet");
    waiting.left();
    expect(await waiting.outcome).toEqual({ outcome: "silent" });
  });

  it("is lost at once where the socket is gone already", async () => {
    expect(await new Acks().expect("a", limits, AbortSignal.abort()).outcome).toEqual({ outcome: "lost" });
  });
});
