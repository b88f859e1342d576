import { lastWordOf, noteLastWord } from "../../domain/campaign/last-word.ts";
import { newContact, patchedContact } from "../../domain/contact/change.ts";
import { type ContactRef, contactRef } from "../../domain/contact/contact.ts";
import { contactsOfChat } from "../../domain/contact/opt-out.ts";
import { type SavedContact, saveContact } from "../../domain/contact/store.ts";
import { confirmOptOut } from "./confirm-opt-out.ts";
import type { Following } from "./following.ts";
import type { Heard } from "./heard.ts";

/**
 * Opts a contact out who said so, and confirms it to them. Doing it again changes nothing: the contact remembers what
 * changed it, the confirmation's ids are the word's, and a word before the last one that was heeded is too late.
 */
export async function optOut(following: Following, heard: Heard): Promise<void> {
  const { db, events, log } = following;
  const { tenantId, sessionId, eventId, message, atMs } = heard;
  const number = message.from?.phone ?? null;
  if (number === null) {
    // A contact is kept by its number, and WhatsApp has not told it.
    log.warn("opt-out of a person without a number", { tenantId, sessionId, messageId: message.id });
    return;
  }
  if (await isTooLate(following, heard)) return;
  const contacts = await optedAs(following, heard, number, true);
  await events.tell(contacts.flatMap(saved => saved.events));
  // Whoever had opted out before has been told so before.
  const isNews = contacts.length > 0 && contacts.every(({ contact }) => contact.changedBy === eventId);
  if (isNews) await confirmOptOut(following, heard);
  await noteLastWord(db, heard, message.chatId, { word: "out", atMs });
  log.info("contact opted out", { tenantId, sessionId, contactIds: contacts.map(({ contact }) => contact.id) });
}

/** Opts a contact in again where this chat opted it out. */
export async function optIn(following: Following, heard: Heard): Promise<void> {
  const { db, events, log } = following;
  const { tenantId, sessionId, message, atMs } = heard;
  const number = message.from?.phone ?? null;
  const last = await lastWordOf(db, heard, message.chatId);
  if (number === null || last?.word !== "out" || last.atMs >= atMs) return;
  const contacts = await optedAs(following, heard, number, false);
  await events.tell(contacts.flatMap(saved => saved.events));
  await noteLastWord(db, heard, message.chatId, { word: "in", atMs });
  log.info("contact opted in", { tenantId, sessionId, contactIds: contacts.map(({ contact }) => contact.id) });
}

/**
 * What a person said, on every contact that the tenant has of them: a customer sees it on the one it made, however it
 * spells the number. One is made where there is none to opt out.
 */
async function optedAs(
  { db, now }: Following,
  { tenantId, eventId, chat }: Heard,
  number: string,
  optedOut: boolean,
): Promise<SavedContact[]> {
  const change = { cause: eventId, nowMs: now() };
  const opt = (ref: ContactRef) =>
    saveContact(db, ref, change, before => before && patchedContact(before, { optedOut }, change));
  const own = contactRef(tenantId, number);
  const others = contactsOfChat(tenantId, chat).filter(({ id }) => id !== own.id);
  const found = (await Promise.all([own, ...others].map(opt))).filter(saved => saved !== undefined);
  if (found.length > 0 || !optedOut) return found;
  const known = { cause: `${eventId}#known`, nowMs: now() };
  const made = await saveContact(db, own, known, before => before ?? newContact(tenantId, number, {}, known));
  const opted = await opt(own);
  // It was deleted in this moment.
  if (made === undefined || opted === undefined) return [];
  return [{ ...opted, events: [...made.events, ...opted.events] }];
}

async function isTooLate({ db }: Following, heard: Heard): Promise<boolean> {
  const last = await lastWordOf(db, heard, heard.message.chatId);
  return last !== undefined && last.atMs >= heard.atMs;
}
