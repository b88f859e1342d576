import { describe, expect, it } from "vitest";
import { messageExpiry } from "../../../domain/message/retention.ts";

describe("when a message may be deleted", () => {
  it.each([
    [null, undefined],
    [undefined, undefined],
    [1, 1_700_000_000 + 86_400],
    [30, 1_700_000_000 + 30 * 86_400],
  ])("keeping messages for %s days: %s", (retentionDays, expiry) => {
    expect(messageExpiry({ retentionDays }, 1_700_000_000_999)).toBe(expiry);
  });
});
