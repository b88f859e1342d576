import { describe, expect, it } from "vitest";
import { RecentUploads } from "../../socket-host/recent-uploads.ts";

describe("an upload of a file that several messages carry", () => {
  it("is made once, also for those that ask while it is being made", async () => {
    const uploads = new RecentUploads<string>(() => 0);
    let made = 0;
    const make = async () => `upload ${++made}`;
    expect(await Promise.all([uploads.once("a", make), uploads.once("a", make)])).toEqual(["upload 1", "upload 1"]);
    expect(await uploads.once("b", make)).toBe("upload 2");
  });

  it("is made again an hour later, and where it failed", async () => {
    let nowMs = 0;
    const uploads = new RecentUploads<number>(() => nowMs);
    await expect(uploads.once("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await uploads.once("a", async () => 1)).toBe(1);
    nowMs = 3_600_000;
    expect(await uploads.once("a", async () => 2)).toBe(2);
  });

  it("is forgotten where many others came after it", async () => {
    const uploads = new RecentUploads<number>(() => 0);
    for (let name = 0; name < 17; name++) await uploads.once(String(name), async () => name);
    expect(await uploads.once("0", async () => -1)).toBe(-1);
    expect(await uploads.once("16", async () => -1)).toBe(16);
  });
});
