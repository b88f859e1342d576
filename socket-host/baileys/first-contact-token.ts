import { createHmac } from "node:crypto";
import type { BinaryNode, WASocket } from "@whiskeysockets/baileys";
import { isLid, type Jid } from "../../domain/jid.ts";
import type { AccountFacts } from "./account-facts.ts";
import { hasChatToken } from "./chat-tokens.ts";

interface TokenParts {
  readonly sock: Pick<WASocket, "authState" | "signalRepository">;
  readonly facts: Pick<AccountFacts, "nctSalt">;
  readonly nowMs: number;
}

/**
 * What a message to somebody who has given the account no token carries in its place: without one WhatsApp refuses a first
 * message (463; whatsapp-rust#433, evolution-go#124). It is HMAC-SHA256 of the person's LID under the salt that the phone
 * told (whatsmeow cstoken.go); Baileys knows none (Baileys#2438). No node where the salt or the LID is unknown.
 */
export async function firstContactToken({ sock, facts, nowMs }: TokenParts, to: Jid): Promise<BinaryNode[]> {
  const lid = isLid(to) ? to : await sock.signalRepository.lidMapping.getLIDForPN(to);
  if (lid === null || (await hasChatToken(sock.authState.keys, lid, nowMs))) return [];
  const salt = await facts.nctSalt();
  if (salt === undefined) return [];
  return [{ tag: "cstoken", attrs: {}, content: createHmac("sha256", salt).update(lid).digest() }];
}
