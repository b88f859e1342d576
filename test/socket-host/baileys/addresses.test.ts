import { expect, it } from "vitest";
import type { Jid } from "../../../domain/jid.ts";
import { Addresses } from "../../../socket-host/baileys/addresses.ts";

const pn: Jid = "15551112222@s.whatsapp.net";
const lid: Jid = "123456@lid";
const others = new Map<Jid, Jid>([
  [pn, lid],
  [lid, pn],
]);

function addresses(lidMigrated: boolean | undefined) {
  const facts = {
    lidMigrated,
    learn(learned: { lidMigrated?: boolean | undefined }) {
      Object.assign(facts, learned);
    },
  };
  return { facts, addresses: new Addresses(facts, async person => others.get(person) ?? null) };
}

it.each([
  { lidMigrated: true, to: lid },
  { lidMigrated: undefined, to: lid },
  { lidMigrated: false, to: pn },
])("names a person as the account does (migrated: $lidMigrated)", async ({ lidMigrated, to }) => {
  const account = addresses(lidMigrated).addresses;
  for (const person of [pn, lid]) expect(await account.of(person)).toEqual({ to, pn: to === lid ? pn : null });
});

it("names a person by the one name that is known", async () => {
  const { addresses: account } = addresses(true);
  expect(await account.of("15559990000@s.whatsapp.net")).toEqual({ to: "15559990000@s.whatsapp.net", pn: null });
  expect(await account.turn("15559990000@s.whatsapp.net", "463")).toBe(false);
  expect(await addresses(false).addresses.of("999@lid")).toEqual({ to: "999@lid", pn: null });
});

it("turns to the other name and back, for that person alone", async () => {
  const { addresses: account } = addresses(true);
  expect(await account.turn(pn, "463")).toBe(true);
  expect((await account.of(lid)).to).toBe(pn);
  expect(await account.turn(lid, "463")).toBe(true);
  expect((await account.of(pn)).to).toBe(lid);
});

it("learns from a refused LID that the account is not migrated, where nothing was known", async () => {
  const { addresses: account, facts } = addresses(undefined);
  expect(await account.turn(lid, "400")).toBe(true);
  expect(facts.lidMigrated).toBe(false);
  expect((await account.of(lid)).to).toBe(pn);
});

it("leaves groups as they are", async () => {
  const { addresses: account } = addresses(true);
  expect(await account.of("120363000000000000@g.us")).toEqual({ to: "120363000000000000@g.us", pn: null });
  expect(await account.turn("120363000000000000@g.us", "463")).toBe(false);
});
