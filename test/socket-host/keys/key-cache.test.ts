import { describe, expect, it } from "vitest";
import { KeyCache } from "../../../socket-host/keys/key-cache.ts";

const held = (bytes: number) => ({ version: 1, plain: Buffer.alloc(bytes) });

describe("the cache of a session's keys", () => {
  it("stays below its limit by letting go of what was not used for longest", () => {
    const cache = new KeyCache(2_000, "creds");
    cache.set("a", held(600));
    cache.set("b", held(600));
    expect(cache.get("a")).toBeDefined();
    cache.set("c", held(600));
    expect([cache.get("a"), cache.get("b"), cache.get("c")].map(item => item !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
    expect(cache.bytes).toBeLessThanOrEqual(2_000);
  });

  it("counts what replaces an entry once", () => {
    const cache = new KeyCache(10_000, "creds");
    for (let n = 0; n < 50; n++) cache.set("a", held(1_000));
    expect(cache.bytes).toBeLessThan(1_200);
  });

  it("keeps the credentials whatever else comes", () => {
    const cache = new KeyCache(2_000, "creds");
    cache.set("creds", held(1_000));
    for (let n = 0; n < 100; n++) cache.set(`other ${n}`, held(500));
    expect(cache.get("creds")).toBeDefined();
  });
});
