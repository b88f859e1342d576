import { describe, expect, it } from "vitest";
import { type LogFields, openLog } from "../../../domain/log.ts";
import { baileysLog } from "../../../socket-host/baileys/baileys-log.ts";
import { quietLibsignal } from "../../../socket-host/baileys/quiet-libsignal.ts";

describe("the console", () => {
  it("shows nothing of libsignal's, and everything else", () => {
    const shown: unknown[][] = [];
    const show = (...said: unknown[]) => void shown.push(said);
    const speaker = { info: show, warn: show, error: show };
    quietLibsignal(speaker);
    quietLibsignal(speaker);
    speaker.error("Failed to decrypt message with any known session...");
    speaker.error("Session error:Error: Bad MAC", "stack");
    speaker.info("Closing session:", { secret: "keys" });
    speaker.warn("Decrypted message with closed session.");
    speaker.error("something of somebody else", 1);
    speaker.error(new Error("Session error:"));
    expect(shown).toEqual([["something of somebody else", 1], [new Error("Session error:")]]);
  });
});

describe("what Baileys logs", () => {
  it("comes through as its sentence alone, without numbers, stanzas or keys, and never as an error", () => {
    const lines: string[] = [];
    const logger = baileysLog(openLog({ name: "test", level: "debug", write: line => void lines.push(line) }));
    const secret: LogFields = { key: { private: "SECRET" }, jid: "15550000001@s.whatsapp.net" };
    logger.error({ ...secret, err: new Error("no session for 15550000001") }, "failed to decrypt for 15550000001");
    logger.warn(secret, "No LID mapping found for 15550000001");
    logger.info(secret, "chatter");
    logger.child(secret).trace(secret, "chatter");
    const all = lines.join("\n");
    expect(all).not.toMatch(/SECRET|15550000001|chatter/);
    expect(lines.map(line => JSON.parse(line))).toMatchObject([
      { level: "warn", message: "baileys said", said: "failed to decrypt for …", reason: "no session for …" },
      { level: "debug", said: "No LID mapping found for …" },
    ]);
  });
});
