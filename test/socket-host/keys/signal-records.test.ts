import { setImmediate as nextTurn } from "node:timers/promises";
import {
  addTransactionCapability,
  makeCacheableSignalKeyStore,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStoreWithTransaction,
} from "@whiskeysockets/baileys";
import fc from "fast-check";
import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { type ExclusiveRecords, SignalRecords } from "../../../socket-host/keys/signal-records.ts";
import { MemoryTable } from "./memory-table.ts";

const bytes = (text: string) => Buffer.from(text);
const textOf = (record: Uint8Array | undefined) => (record === undefined ? undefined : Buffer.from(record).toString());
const one = (type: string, id: string, text: string | null) =>
  new Map([[type, new Map([[id, text === null ? null : bytes(text)]])]]);

function openRecords(table = new MemoryTable()) {
  let credentials = "first";
  const records = new SignalRecords(table, () => bytes(credentials));
  return {
    table,
    records,
    setCredentials: (text: string) => {
      credentials = text;
      records.credentialsChanged();
    },
  };
}

/** Adds one to a counter kept as a record, as a ratchet does when it moves on. */
async function step(exclusive: ExclusiveRecords, pause: () => Promise<unknown> = async () => undefined) {
  const held = (await exclusive.get("session", ["bob.1"])).get("bob.1");
  await pause();
  exclusive.set(one("session", "bob.1", String(Number(textOf(held) ?? 0) + 1)));
}

const counter = async (records: SignalRecords) => textOf((await records.get("session", ["bob.1"])).get("bob.1"));

/** Baileys' own key store over one in memory, each of whose calls waits its turn; it holds one counter. */
function baileysKeys(turn: (doing: string) => Promise<unknown>) {
  const stored = new Map<string, unknown>([["session/bob.1", bytes("0")]]);
  const store = {
    get: async <T extends keyof SignalDataTypeMap>(type: T, ids: string[]) => {
      await turn("read");
      return Object.fromEntries(ids.map(id => [id, stored.get(`${type}/${id}`)])) as never;
    },
    set: async (data: SignalDataSet) => {
      await turn("write");
      for (const [type, values] of Object.entries(data)) {
        for (const [id, value] of Object.entries(values)) stored.set(`${type}/${id}`, value);
      }
    },
  };
  const silent = pino({ level: "silent" });
  const cached = makeCacheableSignalKeyStore(store, silent);
  const keys = addTransactionCapability(cached, silent, { maxCommitRetries: 1, delayBetweenTriesMs: 1 });
  return { keys, counted: () => Number(textOf(stored.get("session/bob.1") as Uint8Array)) };
}

async function baileysStep(keys: SignalKeyStoreWithTransaction) {
  const { "bob.1": held } = await keys.get("session", ["bob.1"]);
  await keys.set({ session: { "bob.1": bytes(String(Number(textOf(held)) + 1)) } });
}

describe("a send and a receive that meet on one record", () => {
  it("lose some of what they wrote in Baileys' own cache and transactions, scheduled alike", async () => {
    let lost = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), async scheduler => {
        const arrive = () => scheduler.schedule(Promise.resolve(), "arrives");
        const { keys, counted } = baileysKeys(doing => scheduler.schedule(Promise.resolve(), doing));
        const receive = async () => {
          await arrive();
          await keys.transaction(() => baileysStep(keys), "bob");
        };
        // Baileys encrypts within the transaction of the whole send (lib/Socket/messages-send.js), under another key.
        const send = async () => {
          await arrive();
          await keys.transaction(async () => {
            await keys.transaction(() => baileysStep(keys), "bob");
            await scheduler.schedule(Promise.resolve(), "is written to the network");
          }, "me");
        };
        await scheduler.waitFor(Promise.all([send(), receive()]));
        if (counted() !== 2) lost++;
      }),
      { numRuns: 500, seed: 1 },
    );
    expect(lost).toBeGreaterThan(0);
  });

  it("lose one of the two in Baileys' own transactions", async () => {
    const { keys, counted } = baileysKeys(nextTurn);
    const send = keys.transaction(async () => {
      await keys.transaction(() => baileysStep(keys), "bob");
      // Baileys writes the message to the network before the transaction ends.
      for (let wait = 0; wait < 5; wait++) await nextTurn();
    }, "me");
    const receive = keys.transaction(() => baileysStep(keys), "bob");
    await Promise.all([send, receive]);
    expect(counted()).toBe(1);
  });

  it("both count here", async () => {
    const { records } = openRecords();
    await Promise.all([
      records.exclusively(exclusive => step(exclusive, nextTurn)),
      records.exclusively(exclusive => step(exclusive, nextTurn)),
    ]);
    await records.durable();
    expect(await counter(records)).toBe("2");
  });

  it("both count in ten thousand interleavings of arrivals, reads, writes and commits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.integer({ min: 2, max: 6 }), async (scheduler, pieces) => {
        const { table, records } = openRecords();
        table.turn = doing => scheduler.schedule(Promise.resolve(), doing);
        const work = Array.from({ length: pieces }, async () => {
          await scheduler.schedule(Promise.resolve(), "arrives");
          await records.exclusively(exclusive => step(exclusive));
          await records.durable();
        });
        await scheduler.waitFor(Promise.all(work));
        expect(textOf(table.items.get("key#session#bob.1")?.plain)).toBe(String(pieces));
      }),
      { numRuns: 10_000 },
    );
  }, 120_000);
});

describe("exclusive work", () => {
  it("reads its own changes, and leaves none when it throws", async () => {
    const { table, records } = openRecords();
    const failing = records.exclusively(async exclusive => {
      await step(exclusive);
      expect(textOf((await exclusive.get("session", ["bob.1"])).get("bob.1"))).toBe("1");
      throw new Error("not decryptable");
    });
    await expect(failing).rejects.toThrow("not decryptable");
    await records.durable();
    expect(table.writes).toEqual([]);
    expect(await counter(records)).toBeUndefined();
  });

  it("commits a row with the records it belongs to, and says so only afterwards", async () => {
    const { table, records } = openRecords();
    let told = false;
    await records.exclusively(async exclusive => {
      await step(exclusive);
      exclusive.addRow({ sk: "journal#1", plain: bytes("hello"), expected: 0, cached: false });
      exclusive.afterwards(() => {
        told = true;
      });
    });
    expect(told).toBe(false);
    await records.durable();
    expect(told).toBe(true);
    expect(table.writes.map(changes => changes.map(({ sk }) => sk))).toEqual([["journal#1", "key#session#bob.1"]]);
  });
});

describe("what is durable", () => {
  it("is everything changed before it was asked, also while an earlier commit is under way", async () => {
    const { table, records } = openRecords();
    records.set(one("lid-mapping", "1", "a"));
    const first = records.durable();
    records.set(one("lid-mapping", "2", "b"));
    await records.durable();
    expect([...table.items.keys()]).toEqual(["key#lid-mapping#1", "key#lid-mapping#2"]);
    await first;
  });

  it("has many changes in one write", async () => {
    const { table, records } = openRecords();
    for (let n = 0; n < 10; n++) records.set(one("lid-mapping", String(n), "x"));
    await Promise.all([records.durable(), records.durable()]);
    expect(table.writes).toHaveLength(1);
  });

  it("has pre-keys and the credentials that count them in one write, the credentials as they are by then", async () => {
    const { table, records, setCredentials } = openRecords();
    await records.exclusively(async exclusive => exclusive.set(one("pre-key", "1", "key")));
    setCredentials("second");
    setCredentials("third");
    await records.durable();
    expect(table.writes.map(changes => changes.map(({ sk }) => sk))).toEqual([["prekeys#0000000", "creds"]]);
    expect(textOf(table.items.get("creds")?.plain)).toBe("third");
  });

  it("is nothing any more once a write has failed", async () => {
    const { table, records } = openRecords();
    table.turn = async doing => {
      if (doing === "write") throw new Error("the table is away");
    };
    records.set(one("lid-mapping", "1", "a"));
    await expect(records.durable()).rejects.toThrow("the table is away");
    await expect(records.durable()).rejects.toThrow("the table is away");
  });

  it("fails where another owner wrote the record since it was read", async () => {
    const { table, records } = openRecords();
    await records.exclusively(async exclusive => {
      await exclusive.get("session", ["bob.1"]);
      table.items.set("key#session#bob.1", { version: 1, plain: bytes("theirs") });
      exclusive.set(one("session", "bob.1", "ours"));
    });
    await expect(records.durable()).rejects.toMatchObject({ code: "ownership_lost" });
  });
});

describe("pre-keys", () => {
  it("stand in packs, are taken out one by one, and leave no empty pack", async () => {
    const { table, records } = openRecords();
    const ids = Array.from({ length: 100 }, (_, n) => String(n + 1));
    records.set(new Map([["pre-key", new Map(ids.map(id => [id, bytes(`key ${id}`.padEnd(64))]))]]));
    await records.durable();
    expect(table.items.size).toBe(3);
    for (const id of ids.slice(0, 60)) records.set(one("pre-key", id, null));
    await records.durable();
    expect(table.items.size).toBe(2);
    const left = await records.get("pre-key", ["60", "61", "100"]);
    expect([...left.keys()]).toEqual(["61", "100"]);
    expect(textOf(left.get("100"))).toBe("key 100".padEnd(64));
  });

  it("make packs of at most 4 kB", async () => {
    const { table, records } = openRecords();
    const ids = Array.from({ length: 812 }, (_, n) => String(n + 1));
    records.set(new Map([["pre-key", new Map(ids.map(id => [id, Buffer.alloc(64)]))]]));
    await records.durable();
    expect(Math.max(...[...table.items.values()].map(item => item.plain?.byteLength ?? 0))).toBeLessThan(3_900);
  });
});
