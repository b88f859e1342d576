import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IdempotencyKey, type IdempotentRequest } from "../../../domain/idempotency/claim.ts";
import { type IdempotencyRow, judged, keptMs } from "../../../domain/idempotency/row.ts";

const request: IdempotentRequest = { tenantId: "ten_1", route: "r", key: "k", bodyHash: "same" };
const start = 1_700_000_000_000;
const running: IdempotencyRow = {
  bodyHash: "same",
  token: "t",
  seed: "s",
  startedAtMs: start,
  leaseUntilMs: start + 10_000,
};
const answeredRow = { ...running, answer: new Uint8Array(1) };
const other = { ...request, bodyHash: "other" };

describe("a stored idempotency key", () => {
  it.each([
    ["nothing stored", undefined, request, start, "absent"],
    ["a run still going on", running, request, start + 9_999, "in_progress"],
    ["a run still going on, for another body", running, other, start + 9_999, "reused"],
    ["a run that never answered", running, request, start + 10_000, "resume"],
    ["a run that never answered, for another body", running, other, start + 10_000, "absent"],
    ["a freed key", { ...running, leaseUntilMs: 0 }, request, start + 1, "resume"],
    ["an answer", answeredRow, request, start + 10_000, "replay"],
    ["an answer, for another body", answeredRow, other, start + 10_000, "reused"],
    ["an answer a moment before 24 hours", answeredRow, request, start + keptMs - 1, "replay"],
    ["an answer after 24 hours, not swept yet", answeredRow, request, start + keptMs, "absent"],
    ["an answer after 24 hours, for another body", answeredRow, other, start + keptMs, "absent"],
  ])("means, with %s: %#", (_what, row, asked, now, judgement) => {
    expect(judged(row, asked, now)).toBe(judgement);
  });
});

describe("the header's value", () => {
  it("is 1 to 255 printable ASCII characters and nothing else", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), text => {
        const printable = [...text].every(character => character >= " " && character <= "~");
        expect(IdempotencyKey.safeParse(text).success).toBe(printable && text.length >= 1 && text.length <= 255);
      }),
    );
  });
});
