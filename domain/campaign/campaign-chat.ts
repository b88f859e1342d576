import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Chat } from "../chat/chat.ts";
import { chatsOf } from "../chat/many.ts";
import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { type Id, idOf } from "../id.ts";
import type { Jid } from "../jid.ts";
import type { PacedSession } from "./pace-row.ts";
import { recipientWaMessageId } from "./recipient.ts";

/** For so long after a campaign an answer is one to it: a reply that counts, a word that opts out. */
const answersForMs = 30 * 86_400_000;

/** A chat that got a campaign, and which of its recipients that was. */
const CampaignChat = z.object({ campaignId: idOf("cmp"), position: z.int().min(0), atMs: z.number() });
type CampaignOfChat = CampaignChat & { readonly tenantId: Id<"ten"> };
export type CampaignChat = z.infer<typeof CampaignChat>;

const partition = ({ tenantId, sessionId }: PacedSession) => `${tenantId}#${sessionId}`;
const prefix = (chatId: string) => `chat#${chatId}#`;
const noteKey = (session: PacedSession, chatId: Jid, campaignId: Id<"cmp">) => ({
  pk: partition(session),
  sk: `${prefix(chatId)}${campaignId}`,
});

/**
 * The transaction items that note that a chat gets a campaign: put them beside the message. One of them fails its
 * condition where another of the campaign's recipients had the chat before, under any of its names: two spellings of one
 * number are found to be one person only when the first of them is written to.
 */
export function noteCampaignChat(
  db: Db<"paces">,
  session: PacedSession,
  { id, names }: Pick<Chat, "id" | "names">,
  got: CampaignChat,
): TransactItem[] {
  const keyOf = (name: Jid) => noteKey(session, name, got.campaignId);
  const ttl = Math.floor((got.atMs + answersForMs) / 1_000);
  const firstOrSame = {
    TableName: db.table.paces,
    ConditionExpression: "attribute_not_exists(pk) OR #position = :position",
    ExpressionAttributeNames: { "#position": "position" },
    ExpressionAttributeValues: { ":position": got.position },
  };
  return [
    { Put: { ...firstOrSame, Item: { ...keyOf(id), ...got, ttl } } },
    ...names.filter(name => name !== id).map(name => ({ ConditionCheck: { ...firstOrSame, Key: keyOf(name) } })),
  ];
}

/**
 * Whether another recipient of a campaign, accepted before the one whose message it is, had its chat under one of some
 * names of a person.
 */
export async function hasHadCampaign(
  db: Db<"chats" | "paces">,
  session: PacedSession,
  { campaignId, waMessageId }: { readonly campaignId: Id<"cmp">; readonly waMessageId: string },
  names: readonly Jid[],
): Promise<boolean> {
  const { tenantId, sessionId } = session;
  const chatOf = await chatsOf(db, { tenantId, id: sessionId }, names);
  const all = new Set([...names, ...names.map(chatOf).flatMap(chat => [chat.id, ...chat.names])]);
  const keys = [...all].map(name => noteKey(session, name, campaignId));
  const notes = (await readItems(db.client, db.table.paces, keys)).map(item => CampaignChat.parse(item));
  const isOwn = ({ position }: CampaignChat) =>
    recipientWaMessageId({ tenantId, id: campaignId }, position) === waMessageId;
  const own = notes.find(isOwn);
  return notes.some(note => !isOwn(note) && (own === undefined || isBefore(note, own)));
}

const isBefore = (one: CampaignChat, other: CampaignChat) =>
  one.atMs === other.atMs ? one.position < other.position : one.atMs < other.atMs;

/** The campaigns that a chat got from a session in the thirty days before `atMs`, under any of its names. */
export async function campaignsOfChat(
  db: Db<"paces">,
  session: PacedSession,
  { id, names }: Pick<Chat, "id" | "names">,
  atMs: number,
): Promise<CampaignOfChat[]> {
  const each = [...new Set([id, ...names])].map(name => campaignsUnder(db, session, name, atMs));
  return (await Promise.all(each)).flat();
}

async function campaignsUnder(
  db: Db<"paces">,
  session: PacedSession,
  chatId: Jid,
  atMs: number,
): Promise<CampaignOfChat[]> {
  const answer = await db.client.send(
    new QueryCommand({
      TableName: db.table.paces,
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :chat)",
      ExpressionAttributeValues: { ":pk": partition(session), ":chat": prefix(chatId) },
      ConsistentRead: true,
    }),
  );
  const chats = (answer.Items ?? []).map(item => CampaignChat.parse(item));
  return chats
    .filter(chat => chat.atMs <= atMs && atMs < chat.atMs + answersForMs)
    .map(chat => ({ ...chat, tenantId: session.tenantId }));
}
