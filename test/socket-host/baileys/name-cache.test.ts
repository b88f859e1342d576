import { setImmediate } from "node:timers/promises";
import {
  DEFAULT_CONNECTION_CONFIG,
  initAuthCreds,
  type SignalDataSet,
  type SignalKeyStoreWithTransaction,
} from "@whiskeysockets/baileys";
import pino from "pino";
import { expect, it } from "vitest";
import { boundNames } from "../../../socket-host/baileys/name-cache.ts";

const pairs = Array.from({ length: 5_000 }, (_, place) => ({
  pn: `${15_550_000_000 + place}@s.whatsapp.net`,
  lid: `${1_000_000 + place}@lid`,
}));

function repository() {
  const stored = new Map<string, string>();
  const asked: string[] = [];
  const keys = {
    get: async (_type: string, ids: string[]) =>
      Object.fromEntries(ids.flatMap(id => (stored.has(id) ? [[id, stored.get(id)]] : []))),
    set: async (data: SignalDataSet) => {
      for (const [id, value] of Object.entries(data["lid-mapping"] ?? {})) if (value !== null) stored.set(id, value);
    },
    isInTransaction: () => true,
    transaction: <T>(work: () => Promise<T>) => work(),
  } as unknown as SignalKeyStoreWithTransaction;
  const ask = async (pns: string[]) => void asked.push(...pns);
  const auth = { creds: initAuthCreds(), keys };
  const silent = pino({ level: "silent" });
  const made = DEFAULT_CONNECTION_CONFIG.makeSignalRepository(auth, silent, async pns => {
    await ask(pns);
    return [];
  });
  return { made, asked };
}

it("keeps the names met last, and finds all others where they are stored", async () => {
  const { made, asked } = repository();
  const remembered = boundNames(made);
  await made.lidMapping.storeLIDPNMappings(pairs);
  await setImmediate();
  expect(remembered()).toBe(1_000);
  const group = pairs.slice(0, 2_000);
  const found = await made.lidMapping.getLIDsForPNs(group.map(({ pn }) => pn));
  expect(found).toHaveLength(2_000);
  expect(await made.lidMapping.getPNForLID("1000001@lid")).toBe("15550000001:0@s.whatsapp.net");
  expect(asked).toEqual([]);
  await setImmediate();
  expect(remembered()).toBe(1_000);
});

it("is still needed: Baileys remembers every name", async () => {
  const { made } = repository();
  await made.lidMapping.storeLIDPNMappings(pairs);
  expect(Reflect.get(made.lidMapping, "mappingCache")).toMatchObject({ size: 10_000 });
  made.close?.();
});
