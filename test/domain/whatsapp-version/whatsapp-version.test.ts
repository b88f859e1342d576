import { describe, expect, it } from "vitest";
import { presentVersion } from "../../../domain/whatsapp-version/present-version.ts";
import { laterVersion, parseVersion } from "../../../domain/whatsapp-version/whatsapp-version.ts";

describe("the WhatsApp Web version parameter", () => {
  it("is three numbers, or leaves the choice to the engine", () => {
    expect(parseVersion("[2,3000,1234567890]")).toEqual([2, 3000, 1234567890]);
    expect(parseVersion(" default\n")).toBeUndefined();
  });

  it.each(["", "2.3000.1", "[2,3000]", "[2,3000,-1]", '["2","3000","1"]', "{}", "null"])("refuses %s", text => {
    expect(() => parseVersion(text)).toThrow();
  });
});

describe("the later of two versions", () => {
  it.each([
    [
      [2, 3000, 5],
      [2, 3000, 7],
      [2, 3000, 7],
    ],
    [
      [2, 3001, 1],
      [2, 3000, 7],
      [2, 3001, 1],
    ],
    [undefined, [2, 3000, 7], [2, 3000, 7]],
    [[2, 3000, 7], undefined, [2, 3000, 7]],
    [undefined, undefined, undefined],
  ] as const)("of %j and %j is %j", (one, other, later) => {
    expect(laterVersion(one, other)).toEqual(later);
  });
});

describe("the present version of WhatsApp Web", () => {
  const answering = (status: number, text: string) => async () => new Response(text, { status });
  const url = "https://example.com/sw.js";

  it.each(['{"client_revision":1045649367}', String.raw`x("{\"client_revision\": 1045649367}")`])(
    "is read from %s",
    async text => {
      expect(await presentVersion(url, answering(200, text))).toEqual([2, 3000, 1_045_649_367]);
    },
  );

  it.each([
    ["it says nothing of a revision", answering(200, "<html>")],
    ["it names no real one", answering(200, '{"client_revision":0}')],
    ["it refuses", answering(429, '{"client_revision":1045649367}')],
    ["it is out of reach", () => Promise.reject(new TypeError("fetch failed"))],
  ])("is not known where %s", async (_, get) => {
    await expect(presentVersion(url, get)).rejects.toMatchObject({ code: "present_version_unknown" });
  });
});
