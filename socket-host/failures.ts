import type { MessageError, MessageErrorCode } from "../domain/message/message.ts";

/** A message that fails this often fails for good; with the waits in between that takes about a quarter of an hour. */
export const attemptsMax = 10;
/** A message to somebody new is refused: for the account's reach-out time-lock, or for this chat alone. */
export const restrictedCode = "463";

/** Why a message, or a change of one, failed, as its customer reads it. */
export function errorOf(code: MessageErrorCode, message: string, detail: string | null = null): MessageError {
  return { code, message, detail };
}

/** WhatsApp said no, with a code of its own. */
export function refusedWith(code: string): MessageError {
  if (code !== restrictedCode) return errorOf("rejected", "WhatsApp refused it.", code);
  return errorOf("restricted", "WhatsApp does not let this account write to this person for now.", code);
}

export function gaveUp(error: unknown): MessageError {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
  return errorOf("rejected", `It could not be sent in ${attemptsMax} tries.`, code);
}

export const notInGroup = (code: string) =>
  errorOf("rejected", "The session is not in this group, or there is none.", code);
export const expired = errorOf("expired", "It could not be sent within 24 hours.");
export const notOnWhatsApp = errorOf("not_on_whatsapp", "The recipient has no WhatsApp account.");
export const duplicate = errorOf("duplicate", "The person has had the campaign under another name.");
export const sessionDisconnected = errorOf("session_disconnected", "The session was disconnected before it left.");
