import { findTenant } from "../../domain/account/tenant-store.ts";
import { type CampaignChat, campaignsOfChat } from "../../domain/campaign/campaign-chat.ts";
import { folded, optsIn, optsOut } from "../../domain/campaign/opt-out-word.ts";
import { replyItems } from "../../domain/campaign/recipient-item.ts";
import { chatOf } from "../../domain/chat/chat.ts";
import { failedConditions } from "../../domain/dynamodb/condition.ts";
import { transact } from "../../domain/dynamodb/transaction.ts";
import type { WasaasEvent } from "../../domain/event/event.ts";
import type { Id } from "../../domain/id.ts";
import { isGroup, Jid } from "../../domain/jid.ts";
import { Message } from "../../domain/message/message.ts";
import type { Following } from "./following.ts";
import type { Heard } from "./heard.ts";
import { optIn, optOut } from "./opt-out.ts";

/** No word that opts out is longer. */
const wordLengthMax = 50;

/** Counts a message as a reply to the campaigns its chat got, and heeds it where it is a word about wanting them. */
export async function followHeard(following: Following, event: WasaasEvent): Promise<void> {
  const { tenantId, sessionId } = event;
  if (sessionId === null) return;
  const message = Message.parse(event.data);
  const text = message.text ?? "";
  const jid = Jid.parse(message.chatId);
  const chat = await chatOf(following.db, { tenantId, id: sessionId }, jid);
  const atMs = Date.parse(message.createdAt);
  const heard: Heard = { eventId: event.id, tenantId, sessionId, message, chat, atMs };
  // What somebody says in a group is said to the group.
  const isAlone = !isGroup(jid);
  if (isAlone && optsIn(text)) await optIn(following, heard);
  const campaigns = await campaignsOfChat(following.db, heard, chat, heard.atMs);
  if (campaigns.length === 0) return;
  for (const campaign of campaigns) await countReply(following, campaign, message.createdAt);
  if (isAlone && (await isOptOut(following, tenantId, text))) await optOut(following, heard);
}

async function countReply(
  { db }: Following,
  { tenantId, campaignId, position }: CampaignChat & { readonly tenantId: Id<"ten"> },
  at: string,
): Promise<void> {
  try {
    await transact(db, replyItems(db, { tenantId, campaignId, position }, at));
  } catch (error) {
    // They replied before, or the campaign is gone.
    if (failedConditions(error) === undefined) throw error;
  }
}

async function isOptOut({ db }: Following, tenantId: Id<"ten">, text: string): Promise<boolean> {
  if (optsOut(text)) return true;
  const word = folded(text);
  if (word === "" || word.length > wordLengthMax) return false;
  const tenant = await findTenant(db, tenantId);
  return (tenant?.optOutWords ?? []).some(own => folded(own) === word);
}
