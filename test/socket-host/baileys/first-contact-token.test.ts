import { createHmac } from "node:crypto";
import { proto } from "@whiskeysockets/baileys";
import { expect, it } from "vitest";
import { firstContactToken } from "../../../socket-host/baileys/first-contact-token.ts";

const nowMs = Date.parse("2026-11-29T12:00:00Z");
const daysAgo = (days: number) => String(Math.floor(nowMs / 1_000) - days * 24 * 3_600);
const salt = Buffer.alloc(32, 7);

function parts(given: { salt?: Buffer; token?: { token: Buffer; timestamp?: string }; lid?: string | null }) {
  const sock = {
    authState: { keys: { get: async () => (given.token === undefined ? {} : { "1@lid": given.token }) } },
    signalRepository: { lidMapping: { getLIDForPN: async () => given.lid ?? null } },
  };
  const made = { sock, facts: { nctSalt: async () => given.salt }, nowMs };
  return made as unknown as Parameters<typeof firstContactToken>[0];
}
const made = [{ tag: "cstoken", attrs: {}, content: createHmac("sha256", salt).update("1@lid").digest() }];

it("is made of the person's LID and the account's salt", async () => {
  expect(await firstContactToken(parts({ salt }), "1@lid")).toEqual(made);
  expect(await firstContactToken(parts({ salt, lid: "1@lid" }), "15550000001@s.whatsapp.net")).toEqual(made);
});

it.each([
  ["has given a token", { salt, token: { token: Buffer.from("t"), timestamp: daysAgo(20) } }, []],
  ["has given one that is too old", { salt, token: { token: Buffer.from("t"), timestamp: daysAgo(40) } }, made],
  ["has given none, but got ours", { salt, token: { token: Buffer.alloc(0) } }, made],
  ["may not be told apart, without a salt", {}, []],
])("of somebody who %s", async (_case, given, expected) => {
  expect(await firstContactToken(parts(given), "1@lid")).toEqual(expected);
});

it("is not made where the LID is unknown", async () => {
  expect(await firstContactToken(parts({ salt }), "15550000001@s.whatsapp.net")).toEqual([]);
});

it("is still needed: Baileys does not know the salt", () => {
  expect("nctSalt" in proto.HistorySync.prototype).toBe(false);
});
