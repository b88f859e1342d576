import { QueryCommand } from "@aws-sdk/lib-dynamodb";
import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { type Id, idOf } from "../id.ts";
import type { PacedSession } from "./pace-row.ts";

/** For so long after a campaign an answer is one to it: a reply that counts, a word that opts out. */
const answersForMs = 30 * 86_400_000;

/** A chat that got a campaign, and which of its recipients that was. */
const CampaignChat = z.object({ campaignId: idOf("cmp"), position: z.int().min(0), atMs: z.number() });
export type CampaignChat = z.infer<typeof CampaignChat>;

const partition = ({ tenantId, sessionId }: PacedSession) => `${tenantId}#${sessionId}`;
const prefix = (chatId: string) => `chat#${chatId}#`;

/** The transaction item that notes that a chat gets a campaign: put it beside the message. */
export function noteCampaignChat(
  db: Db<"paces">,
  session: PacedSession,
  chatId: string,
  chat: CampaignChat,
): TransactItem {
  const Key = { pk: partition(session), sk: `${prefix(chatId)}${chat.campaignId}` };
  const ttl = Math.floor((chat.atMs + answersForMs) / 1_000);
  return { Put: { TableName: db.table.paces, Item: { ...Key, ...chat, ttl } } };
}

/** The campaigns that a chat got from a session in the thirty days before `atMs`, read consistently. */
export async function campaignsOfChat(
  db: Db<"paces">,
  session: PacedSession,
  chatId: string,
  atMs: number,
): Promise<(CampaignChat & { readonly tenantId: Id<"ten"> })[]> {
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
