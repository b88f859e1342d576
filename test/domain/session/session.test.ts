import { describe, expect, it } from "vitest";
import { SessionStatus, takesMessages, wantsConnection } from "../../../domain/session/session.ts";

describe("a session", () => {
  it.each(SessionStatus.options)("that is %s and was never linked takes no message", status => {
    expect(takesMessages({ status, linked: false })).toBe(false);
  });

  it.each([
    ["starting", true],
    ["qr", true],
    ["connecting", true],
    ["connected", true],
    ["passkey_required", true],
    ["passkey_confirmation", true],
    ["disconnected", false],
    ["stopped", false],
  ] as const)("that is linked and %s takes messages: %s", (status, takes) => {
    expect(takesMessages({ status, linked: true })).toBe(takes);
    expect(wantsConnection({ status })).toBe(takes);
  });
});
