import type { SignalKeyStoreWithTransaction } from "@whiskeysockets/baileys";
import { KnownNames } from "./known-names.ts";

/** What lets this account write to a chat: WhatsApp may refuse a message to a person without one (code 463). */
export interface ChatToken {
  readonly chat: string;
  readonly token: Uint8Array;
  readonly atSeconds: number;
  /** When this account last gave the other side one of its own; 0 where it never did. */
  readonly sentAtSeconds: number;
}

const bucketSeconds = 7 * 24 * 3_600;
const bucketsKept = 4;

/** Whether Baileys will send a token of this chat's (lib/Utils/tc-token-utils.js, isTcTokenExpired); `name` is the LID where it is known. */
export async function hasChatToken(
  keys: Pick<SignalKeyStoreWithTransaction, "get">,
  name: string,
  nowMs: number,
): Promise<boolean> {
  const known = (await keys.get("tctoken", [name]))[name];
  if (!known?.token.length || known.timestamp === undefined) return false;
  const oldestBucket = Math.floor(nowMs / 1_000 / bucketSeconds) - (bucketsKept - 1);
  return Number(known.timestamp) >= oldestBucket * bucketSeconds;
}

/**
 * Keeps the newer of what is known and these, under the LID where it is known: where Baileys looks for them when it
 * sends (lib/Utils/tc-token-utils.js, resolveTcTokenJid). Baileys' own list of those to clear away is left as it is.
 */
export async function keepChatTokens(
  keys: Pick<SignalKeyStoreWithTransaction, "get" | "set">,
  tokens: readonly ChatToken[],
): Promise<void> {
  const names = new KnownNames(keys);
  for (const { chat, token, atSeconds, sentAtSeconds } of tokens) {
    const named = await names.of(chat);
    if (named === undefined) continue;
    const name = named.lid ?? named.jid;
    const known = (await keys.get("tctoken", [name]))[name];
    if (known !== undefined && Number(known.timestamp ?? 0) >= atSeconds) continue;
    const sent = sentAtSeconds > 0 ? { senderTimestamp: sentAtSeconds } : {};
    const kept = { ...known, token: Buffer.from(token), timestamp: String(atSeconds), ...sent };
    await keys.set({ tctoken: { [name]: kept } });
  }
}
