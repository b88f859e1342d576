import type { BinaryNode } from "@whiskeysockets/baileys";
import { expect, it } from "vitest";
import { learnFromDeviceAnswer } from "../../../socket-host/baileys/device-answers.ts";

const user = (jid: string, ...tags: string[]): BinaryNode => ({
  tag: "user",
  attrs: { jid },
  content: tags.map((tag): BinaryNode => ({ tag, attrs: tag === "lid" ? { val: "1@lid" } : {} })),
});
const answer = (...users: BinaryNode[]): BinaryNode => ({
  tag: "iq",
  attrs: { type: "result" },
  content: [{ tag: "usync", attrs: {}, content: [{ tag: "list", attrs: {}, content: users }] }],
});

async function learned(stanza: BinaryNode) {
  const pairs: { lid: string; pn: string }[] = [];
  await learnFromDeviceAnswer(stanza, { storeLIDPNMappings: async given => void pairs.push(...given) });
  return pairs;
}

it("learns who is who, and shows the devices alone", async () => {
  const asked = user("15550000001@s.whatsapp.net", "devices", "lid");
  expect(await learned(answer(asked))).toEqual([{ pn: "15550000001@s.whatsapp.net", lid: "1@lid" }]);
  expect(asked).toEqual(user("15550000001@s.whatsapp.net", "devices"));
});

it("learns nothing from a LID that was asked for by itself, and hides it all the same", async () => {
  const asked = user("1@lid", "devices", "lid");
  expect(await learned(answer(asked))).toEqual([]);
  expect(asked).toEqual(user("1@lid", "devices"));
});

it("leaves an answer that lists no devices to Baileys", async () => {
  const asked = user("15550000001@s.whatsapp.net", "lid");
  expect(await learned(answer(asked))).toEqual([]);
  expect(asked).toEqual(user("15550000001@s.whatsapp.net", "lid"));
});
