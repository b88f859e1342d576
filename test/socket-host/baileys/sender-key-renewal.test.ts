import { expect, it } from "vitest";
import { renewKeyOfLeavers } from "../../../socket-host/baileys/sender-key-renewal.ts";

const group = "120363000000000000@g.us";
const held = `${group}::7_1::3`;

async function renewed(holders: string[]) {
  const stored: Record<string, Record<string, unknown>> = {
    "sender-key": { [held]: "the key" },
    "sender-key-memory": { [group]: Object.fromEntries(holders.map(jid => [jid, true])) },
  };
  const keys = {
    get: async (type: string) => stored[type],
    set: async (data: Record<string, Record<string, unknown>>) => {
      for (const [type, values] of Object.entries(data)) Object.assign(stored[type] ?? {}, values);
    },
    transaction: (work: () => Promise<void>) => work(),
  };
  const sock = {
    authState: { keys, creds: { me: { id: "15550000001:3@s.whatsapp.net", lid: "7:3@lid" } } },
    signalRepository: {
      jidToSignalProtocolAddress: (jid: string) => (jid.startsWith("7") ? "7_1.3" : "15550000001.3"),
    },
  };
  const participants = [{ id: "7@lid" }, { id: "8@lid", phoneNumber: "15550000008@s.whatsapp.net" }];
  await renewKeyOfLeavers(sock as unknown as Parameters<typeof renewKeyOfLeavers>[0], group, { participants });
  return stored["sender-key"]?.[held] === null && stored["sender-key-memory"]?.[group] === null;
}

it.each([
  [[], false],
  [["8@lid", "8:12@lid", "7@lid"], false],
  [["15550000008:2@s.whatsapp.net", "15550000001@s.whatsapp.net"], false],
  [["8@lid", "9:1@lid"], true],
])("where %j have the key to what is written to a group of 7 and 8: %s", async (holders, expected) => {
  expect(await renewed(holders)).toBe(expected);
});
