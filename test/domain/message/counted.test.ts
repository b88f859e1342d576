import { describe, expect, it } from "vitest";
import { countsOfStep } from "../../../domain/message/counted.ts";

describe("what a step of a message counts as", () => {
  it.each([
    ["queued", "sent", ["sent"]],
    ["sent", "delivered", ["delivered"]],
    ["delivered", "read", []],
    ["read", "played", []],
    ["sent", "read", ["delivered"]],
    ["sent", "played", ["delivered"]],
    ["queued", "delivered", ["sent", "delivered"]],
    ["queued", "failed", ["failed"]],
  ] as const)("from %s to %s: %j", (status, next, counts) => {
    for (const source of ["api", "campaign"] as const) expect(countsOfStep({ status, source }, next)).toEqual(counts);
    expect(countsOfStep({ status, source: "phone" }, next)).toEqual([]);
  });
});
