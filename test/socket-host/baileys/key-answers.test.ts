import { parseAndInjectE2ESessions } from "@whiskeysockets/baileys";
import { expect, it } from "vitest";
import { dropRefusedKeys } from "../../../socket-host/baileys/key-answers.ts";

const refused = (jid: string, code: string) => ({
  tag: "user",
  attrs: { jid },
  content: [{ tag: "error", attrs: { code, text: "not-acceptable" } }],
});
const answer = (...users: ReturnType<typeof refused>[]) => ({
  tag: "iq",
  attrs: { type: "result", id: "1" },
  content: [{ tag: "list", attrs: {}, content: users }],
});
const repository = {} as Parameters<typeof parseAndInjectE2ESessions>[1];

it("leaves devices that were refused out of a key answer, and no others", () => {
  const good = { tag: "user", attrs: { jid: "1@lid" }, content: [] };
  const stanza = answer(refused("2:5@lid", "406"), good, refused("3:6@lid", "404"));
  expect(dropRefusedKeys(stanza)).toBe(2);
  expect(stanza.content[0]?.content).toEqual([good]);
});

it("leaves other stanzas as they are", () => {
  const stanza = { tag: "iq", attrs: { type: "result" }, content: [{ tag: "usync", attrs: {} }] };
  expect(dropRefusedKeys(stanza)).toBe(0);
});

it("is still needed: Baileys throws the whole answer away for one device", async () => {
  await expect(parseAndInjectE2ESessions(answer(refused("2:5@lid", "406")), repository)).rejects.toThrow();
  const stanza = answer(refused("2:5@lid", "406"));
  dropRefusedKeys(stanza);
  await parseAndInjectE2ESessions(stanza, repository);
});
