import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const lib = new URL("./", import.meta.resolve("@whiskeysockets/baileys"));
const source = (file: string) => readFile(fileURLToPath(new URL(file, lib)), "utf8");

/** Where one of these fails, Baileys does it itself by now, and what is named here may go. */
describe("what Baileys still does not do", () => {
  it("is to ask for more than one window of the offline queue (offline-queue.ts; Baileys#2810)", async () => {
    expect((await source("Socket/socket.js")).match(/offline_batch/g)).toHaveLength(1);
  });

  it("is to acknowledge statuses and channel posts plainly (broadcast-stanza.ts; Baileys#2779)", async () => {
    const refusal = "sendMessageAck(node, type === 'message' ? NACK_REASONS.UnhandledError : undefined)";
    expect(await source("Socket/messages-recv.js")).toContain(refusal);
  });

  it("is to open sealed edits (sealed-content.ts; Baileys#2541)", async () => {
    expect(await source("Utils/process-message.js")).not.toContain("secretEncryptedMessage");
  });

  it("is to keep its question to the phone where five resends fail at once (phone-questions.ts)", async () => {
    const failed = /markRetryFailed\(messageId\) \{[^}]*cancelPendingPhoneRequest/;
    expect(await source("Utils/message-retry-manager.js")).toMatch(failed);
  });
});
