import { lastWordOf, noteLastWord } from "../../domain/campaign/last-word.ts";
import { newContact, patchedContact } from "../../domain/contact/change.ts";
import { type ContactRef, contactRef } from "../../domain/contact/contact.ts";
import { saveContact } from "../../domain/contact/store.ts";
import { confirmOptOut } from "./confirm-opt-out.ts";
import type { Following } from "./following.ts";
import type { Heard } from "./heard.ts";

/**
 * Opts a contact out who said so, and confirms it to them. Doing it again changes nothing: the contact remembers what
 * changed it, the confirmation's ids are the word's, and a word before the last one that was heeded is too late.
 */
export async function optOut(following: Following, heard: Heard): Promise<void> {
  const { db, events, log, now } = following;
  const { tenantId, sessionId, eventId, message, atMs } = heard;
  const number = message.from?.phone ?? null;
  if (number === null) {
    // A contact is kept by its number, and WhatsApp has not told it.
    log.warn("opt-out of a person without a number", { tenantId, sessionId, messageId: message.id });
    return;
  }
  if (await isTooLate(following, heard)) return;
  const ref = contactRef(tenantId, number);
  const known = { cause: `${eventId}#known`, nowMs: now() };
  const made = await saveContact(db, ref, known, before => before ?? newContact(tenantId, number, {}, known));
  const change = { cause: eventId, nowMs: now() };
  const saved = await saveContact(
    db,
    ref,
    change,
    before => before && patchedContact(before, { optedOut: true }, change),
  );
  await events.tell([...(made?.events ?? []), ...(saved?.events ?? [])]);
  // Whoever had opted out before has been told so before.
  if (saved?.contact.changedBy === eventId) await confirmOptOut(following, heard);
  await noteLastWord(db, heard, message.chatId, { word: "out", atMs });
  log.info("contact opted out", { tenantId, sessionId, contactId: ref.id });
}

/** Opts a contact in again where this chat opted it out. */
export async function optIn(following: Following, heard: Heard): Promise<void> {
  const { db, events, now, log } = following;
  const { tenantId, sessionId, eventId, message, atMs } = heard;
  const number = message.from?.phone ?? null;
  const last = await lastWordOf(db, heard, message.chatId);
  if (number === null || last?.word !== "out" || last.atMs >= atMs) return;
  const ref: ContactRef = contactRef(tenantId, number);
  const change = { cause: eventId, nowMs: now() };
  const saved = await saveContact(
    db,
    ref,
    change,
    before => before && patchedContact(before, { optedOut: false }, change),
  );
  await events.tell(saved?.events ?? []);
  await noteLastWord(db, heard, message.chatId, { word: "in", atMs });
  log.info("contact opted in", { tenantId, sessionId, contactId: ref.id });
}

async function isTooLate({ db }: Following, heard: Heard): Promise<boolean> {
  const last = await lastWordOf(db, heard, heard.message.chatId);
  return last !== undefined && last.atMs >= heard.atMs;
}
