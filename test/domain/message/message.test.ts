import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newWaMessageId, rankOf, statusesBefore } from "../../../domain/message/message.ts";

const progress = ["queued", "sent", "delivered", "read", "played"] as const;

describe("an outbound message's status", () => {
  it("moves forward only, from any earlier status", () => {
    expect(statusesBefore("sent")).toEqual(["queued"]);
    expect(statusesBefore("read")).toEqual(["queued", "sent", "delivered"]);
    expect(statusesBefore("queued")).toEqual([]);
  });

  it("fails only while it is queued: what WhatsApp has accepted is not taken back", () => {
    expect(statusesBefore("failed")).toEqual(["queued"]);
  });

  it("ends at the furthest receipt, whatever order receipts come in and however often", () => {
    const receipts = fc.array(fc.constantFrom(...progress), { minLength: 1 });
    fc.assert(
      fc.property(receipts, seen => {
        let status: (typeof progress)[number] = "queued";
        for (const next of seen) if (statusesBefore(next).includes(status)) status = next;
        expect(rankOf(status)).toBe(Math.max(...seen.map(rankOf)));
      }),
    );
  });
});

describe("newWaMessageId", () => {
  it("looks like WhatsApp's web client's and never repeats", () => {
    const ids = Array.from({ length: 1_000 }, newWaMessageId);
    for (const id of ids) expect(id).toMatch(/^3EB0[0-9A-F]{18}$/);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
