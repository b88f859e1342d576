import { describe, expect, it } from "vitest";
import { parseVersion } from "../../socket-host/whatsapp-version.ts";

describe("the WhatsApp Web version parameter", () => {
  it("is three numbers, or leaves the choice to the engine", () => {
    expect(parseVersion("[2,3000,1234567890]")).toEqual([2, 3000, 1234567890]);
    expect(parseVersion(" default\n")).toBeUndefined();
  });

  it.each(["", "2.3000.1", "[2,3000]", "[2,3000,-1]", '["2","3000","1"]', "{}", "null"])("refuses %s", text => {
    expect(() => parseVersion(text)).toThrow();
  });
});
