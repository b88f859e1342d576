import type { GroupMetadata } from "@whiskeysockets/baileys";
import { describe, expect, it } from "vitest";
import type { Jid } from "../../../domain/jid.ts";
import { GroupCache, groupsKeptMax } from "../../../socket-host/baileys/group-cache.ts";

const group = (nth: number): Jid => `${120_363_000_000 + nth}@g.us`;
const people = (id: string): GroupMetadata => ({ id, owner: undefined, subject: "x", participants: [] });

describe("who is in a group", () => {
  it("is asked for once, until the group changes or a while has passed", async () => {
    let [asked, nowMs] = [0, 0];
    const fetch = async (id: string) => {
      asked++;
      return people(id);
    };
    const cache = new GroupCache({ now: () => nowMs, fetch });
    await cache.of(group(1));
    await cache.of(group(1));
    expect(asked).toBe(1);
    cache.changed(group(1));
    expect(cache.known(group(1))).toBeUndefined();
    await cache.of(group(1));
    expect(asked).toBe(2);
    nowMs += 5 * 60_000;
    await cache.of(group(1));
    expect(asked).toBe(3);
  });

  it("is not kept where it changed while it was asked for", async () => {
    const cache = new GroupCache({
      now: () => 0,
      fetch: async id => {
        cache.changed(id);
        return people(id);
      },
    });
    await cache.of(group(1));
    expect(cache.known(group(1))).toBeUndefined();
  });

  it("is kept of so many groups and no more, those written to last", async () => {
    const cache = new GroupCache({ now: () => 0, fetch: async id => people(id) });
    for (let nth = 0; nth <= groupsKeptMax; nth++) await cache.of(group(nth));
    expect(cache.known(group(0))).toBeUndefined();
    expect(cache.known(group(1))).toBeDefined();
    expect(cache.known(group(groupsKeptMax))).toBeDefined();
  });

  it("cannot be had of a group that WhatsApp refuses, and may be later where it only fails", async () => {
    const failing = (data: number) =>
      new GroupCache({ now: () => 0, fetch: () => Promise.reject(Object.assign(new Error("no"), { data })) }).of(
        group(1),
      );
    await expect(failing(403)).rejects.toMatchObject({ name: "GroupUnavailable", code: "403" });
    await expect(failing(429)).rejects.toMatchObject({ message: "no", data: 429 });
  });
});
