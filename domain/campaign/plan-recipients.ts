import type { Chat } from "../chat/chat.ts";
import { chatsOf, chatsWithMessages } from "../chat/many.ts";
import type { StoredContact } from "../contact/contact.ts";
import { contactsOfChat } from "../contact/opt-out.ts";
import { readPhoneNumber } from "../contact/phone-number.ts";
import { contactsById } from "../contact/read-many.ts";
import { sameLine } from "../contact/spellings.ts";
import type { Db } from "../dynamodb/db.ts";
import type { Id } from "../id.ts";
import { Recipient as Addressee, type Jid, phoneOf } from "../jid.ts";
import { captionLengthMax, textLengthMax } from "../message/text.ts";
import { missingVariables, rendered, variablesOf } from "../template/placeholder.ts";
import type { Candidate } from "./candidates.ts";
import type { CampaignContent } from "./content.ts";
import type { SkipReason, StoredRecipient } from "./recipient.ts";

/** What a campaign's recipients are planned by. */
export interface PlanFor {
  readonly tenantId: Id<"ten">;
  readonly sessionId: Id<"ses">;
  readonly content: CampaignContent;
}

/** What becomes of a candidate: a message, or the reason why there is none. Whether another one was first is not looked at. */
export interface PlannedRecipient
  extends Pick<StoredRecipient, "to" | "jid" | "contactId" | "variables" | "firstContact"> {
  readonly reason: SkipReason | null;
  /** Names the person's chat, whatever name the audience has for it; null where there is none. */
  readonly person: Jid | null;
  readonly place: Candidate["place"];
}

/**
 * The reason that counts once it is known whose chat was taken by somebody before them: who comes a second time is a
 * duplicate, even where their text could not have been filled in.
 */
export function reasonAmong(taken: ReadonlySet<string>, { reason, person }: PlannedRecipient): SkipReason | null {
  const isSecond = person !== null && taken.has(person);
  return isSecond && (reason === null || reason === "missing_variable" || reason === "invalid_text")
    ? "duplicate"
    : reason;
}

/** Looks up all it takes to know what becomes of some candidates, and answers it in their order. */
export async function planRecipients(
  db: Db<"contacts" | "chats">,
  campaign: PlanFor,
  candidates: readonly Candidate[],
): Promise<PlannedRecipient[]> {
  const { tenantId } = campaign;
  const session = { tenantId, id: campaign.sessionId };
  const named = await contactsNamed(db, tenantId, candidates);
  const addressed = candidates.map(candidate => {
    const contact = candidate.contact ?? named.get(candidate.contactId ?? "");
    const to = candidate.to ?? contact?.phoneNumber;
    return { candidate, contact, to, jid: to === undefined ? null : jidOf(to) };
  });
  const jids = addressed.flatMap(({ jid }) => (jid === null ? [] : [jid]));
  const chatOf = await chatsOf(db, session, jids);
  const [contactsOf, known] = await Promise.all([
    contactsBehind(db, tenantId, addressed, chatOf),
    chatsWithMessages(db, session, [...new Set(jids.map(jid => chatOf(jid).key))]),
  ]);
  return addressed.map(each => {
    const chat = each.jid === null ? undefined : chatOf(each.jid);
    const behind = each.jid === null ? [] : contactsOf(each.jid);
    const contacts = each.contact === undefined ? behind : [each.contact, ...behind];
    const found = { to: each.to, chat, contacts };
    const { reason, variables } = judged(each.candidate, campaign.content, found);
    return {
      to: each.to ?? "",
      jid: each.jid,
      contactId: contacts[0]?.id ?? each.candidate.contactId ?? null,
      variables,
      firstContact: chat !== undefined && !known.has(chat.key),
      reason,
      person: chat === undefined ? null : personOf(chat),
      place: each.candidate.place,
    };
  });
}

/** One name for all spellings of a number: WhatsApp may know them as one person only once one of them was written to. */
function personOf(chat: Chat): Jid {
  const [first = chat.id] = sameLine(chat.id);
  return first;
}

/** As the send endpoints read it; a number may be spaced as people write it besides. */
function jidOf(to: string): Jid | null {
  const read = Addressee.safeParse(to);
  if (read.success) return read.data;
  const number = readPhoneNumber(to);
  return number === undefined ? null : `${number.slice(1)}@s.whatsapp.net`;
}

function contactsNamed(db: Db<"contacts">, tenantId: Id<"ten">, candidates: readonly Candidate[]) {
  const ids = candidates.flatMap(({ contactId, contact }) => (contact || contactId === undefined ? [] : [contactId]));
  return contactsById(db, tenantId, [...new Set(ids)]);
}

interface Addressed {
  readonly jid: Jid | null;
}

/** The contacts that the tenant has of a person, under whatever spelling of the number; the one that was named first. */
async function contactsBehind(
  db: Db<"contacts">,
  tenantId: Id<"ten">,
  addressed: readonly Addressed[],
  chatOf: (jid: Jid) => Chat,
): Promise<(jid: Jid) => StoredContact[]> {
  const idsOf = (jid: Jid) => {
    const { id, names } = chatOf(jid);
    return contactsOfChat(tenantId, { id: jid, names: [id, ...names] }).map(({ id }) => id);
  };
  const ids = addressed.flatMap(({ jid }) => (jid === null ? [] : idsOf(jid)));
  const found = await contactsById(db, tenantId, [...new Set(ids)]);
  return jid => idsOf(jid).flatMap(id => found.get(id) ?? []);
}

interface Found {
  readonly to: string | undefined;
  readonly chat: Chat | undefined;
  /** All that the tenant has of the person; what the first says counts first. */
  readonly contacts: readonly StoredContact[];
}

function judged(
  candidate: Candidate,
  { body, template, media }: CampaignContent,
  { to, chat, contacts }: Found,
): Pick<PlannedRecipient, "reason" | "variables"> {
  const skipped = (reason: SkipReason) => ({ reason, variables: {} });
  if (to === undefined) return skipped("contact_deleted");
  if (chat === undefined) return skipped("invalid_number");
  if (candidate.optedOut || contacts.some(({ optedOut }) => optedOut)) return skipped("opted_out");
  const values = { ...template?.variables, ...fieldsOf(chat, contacts), ...candidate.variables };
  if (missingVariables(body, values).length > 0) return skipped("missing_variable");
  const text = rendered(body, values);
  const lengthMax = media === null ? textLengthMax : captionLengthMax;
  if (text.length > lengthMax || (text.length === 0 && media === null)) return skipped("invalid_text");
  return { reason: null, variables: Object.fromEntries(variablesOf(body).map(name => [name, values[name] ?? ""])) };
}

/** What a text may say of a person: their contact's own fields, and a number even of somebody who is none. */
function fieldsOf(chat: Chat, contacts: readonly StoredContact[]): Record<string, string> {
  const number = phoneOf(chat.id);
  const fields: Record<string, string> = number === null ? {} : { phone: number };
  for (const { phoneNumber, name, email, customFields } of contacts.toReversed()) {
    for (const [field, value] of Object.entries(customFields)) fields[field] = String(value);
    Object.assign(fields, { phone: phoneNumber }, name && { name }, email && { email });
  }
  return fields;
}
