import { parseAndInjectE2ESessions, S_WHATSAPP_NET, type WASocket } from "@whiskeysockets/baileys";
import { isGroup, isLid, type Jid } from "../../domain/jid.ts";

type Sock = Pick<WASocket, "signalRepository" | "getUSyncDevices" | "query">;

/**
 * Opens Signal sessions with the devices of a number whose LID nobody knows. Baileys asks for the keys of LIDs alone and
 * fails with "All encryptions failed" for such a number (assertSessions in lib/Socket/messages-send.js); with a session it
 * encrypts to it, as whatsmeow does (send.go, encryptMessageForDevices). Does nothing for anybody else.
 */
export async function openSessionsByNumber(sock: Sock, to: Jid): Promise<void> {
  const { signalRepository } = sock;
  if (isGroup(to) || isLid(to) || (await signalRepository.lidMapping.getLIDForPN(to)) !== null) return;
  const devices = await sock.getUSyncDevices([to], true, false);
  const missing: string[] = [];
  for (const { jid } of devices) if (!(await signalRepository.validateSession(jid)).exists) missing.push(jid);
  if (missing.length === 0) return;
  const users = missing.map(jid => ({ tag: "user", attrs: { jid } }));
  const attrs = { xmlns: "encrypt", type: "get", to: S_WHATSAPP_NET };
  const answer = await sock.query({ tag: "iq", attrs, content: [{ tag: "key", attrs: {}, content: users }] });
  await parseAndInjectE2ESessions(answer, signalRepository);
}
