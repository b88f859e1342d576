import { describe, expect, it } from "vitest";
import { openLog } from "../../domain/log.ts";
import { Hold, LeaseLost } from "../../socket-host/hold.ts";
import { persist } from "../../socket-host/persist.ts";

const log = openLog({ name: "test", write: () => {} });

describe("a hold on a shard", () => {
  it("is lost the moment it is asked about after renewals grew old, and stays lost when they are fresh again", () => {
    let fresh = true;
    const hold = new Hold(1, 7, () => fresh);
    hold.check();
    fresh = false;
    expect(() => hold.check()).toThrow(LeaseLost);
    fresh = true;
    expect(() => hold.check()).toThrow(LeaseLost);
    expect(hold.signal.aborted).toBe(true);
  });
});

describe("what must be stored", () => {
  const hold = new Hold(1, 7, () => true);
  const options = { signal: hold.signal, log, random: () => 0 };

  it("is tried until it is", async () => {
    let tries = 0;
    const stored = persist(
      "thing",
      async () => {
        tries++;
        if (tries < 3) throw new Error("throttled");
        return tries;
      },
      options,
    );
    expect(await stored).toBe(3);
  });

  it("is not tried again once the lease is lost, nor where trying cannot help", async () => {
    const lost = persist("thing", () => Promise.reject(new LeaseLost("gone")), options);
    await expect(lost).rejects.toThrow(LeaseLost);
    const refused = Object.assign(new Error("too large"), { name: "ValidationException" });
    await expect(persist("thing", () => Promise.reject(refused), options)).rejects.toBe(refused);
    const stopped = new AbortController();
    const failing = () => {
      stopped.abort();
      return Promise.reject(new Error("throttled"));
    };
    await expect(persist("thing", failing, { ...options, signal: stopped.signal })).rejects.toThrow("aborted");
  });
});
