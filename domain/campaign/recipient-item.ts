import type { Db } from "../dynamodb/db.ts";
import type { TransactItem } from "../dynamodb/transaction.ts";
import { campaignKey, partOf } from "./item.ts";
import { type RecipientRef, type RecipientStatus, recipientStatusesBefore, type StoredRecipient } from "./recipient.ts";

type Of = Pick<RecipientRef, "tenantId" | "campaignId">;

const ofCampaign = ({ tenantId, campaignId }: Of) => partOf({ tenantId, id: campaignId });
const positionKey = (position: number) => String(position).padStart(8, "0");
export const recipientKey = (ref: RecipientRef) => ({ pk: ofCampaign(ref), sk: positionKey(ref.position) });
export const statusPartition = (of: Of, status: RecipientStatus) => `${ofCampaign(of)}#${status}`;
export const turnPartition = (of: Of, firstContact: boolean) => `${ofCampaign(of)}#${firstContact ? "first" : "known"}`;
/** Who of a campaign's recipients took a person's chat: whoever else leads to it is a duplicate. */
export const chatClaimKey = (of: Of, person: string) => ({ pk: `${ofCampaign(of)}#chats`, sk: person });
/** Whose message it is. */
export const messageClaimKey = (of: Of, messageId: string) => ({ pk: `${ofCampaign(of)}#messages`, sk: messageId });

/** The transaction item that makes a recipient. */
export function putRecipient(db: Db<"campaign_recipients">, recipient: StoredRecipient): TransactItem {
  const turnPk = recipient.status === "pending" ? turnPartition(recipient, recipient.firstContact) : undefined;
  const Item = {
    ...recipient,
    ...recipientKey(recipient),
    statusPk: statusPartition(recipient, recipient.status),
    turnPk,
  };
  const ConditionExpression = "attribute_not_exists(pk)";
  return { Put: { TableName: db.table.campaign_recipients, Item, ConditionExpression } };
}

/** A recipient's step from the status it was read with to another one, and what is known of it then. */
export interface RecipientStep {
  readonly recipient: StoredRecipient;
  readonly status: RecipientStatus;
  readonly fields?: Partial<Pick<StoredRecipient, "reason" | "error" | "messageId" | "queuedAt" | "sentAt">>;
  /** Whether it is to happen only while the campaign runs; its condition is that of the first item. */
  readonly whileRunning?: boolean;
}

/**
 * The transaction items of a step, in this order: the campaign's counts, the recipient, and with a message's id what
 * finds the recipient by it. The first fails its condition where the campaign is gone (or, with `whileRunning`, does not
 * run), the second where the recipient is no longer as it was read. Put them beside what the step tells of.
 */
export function recipientStepItems(
  db: Db<"campaigns" | "campaign_recipients">,
  { recipient, status, fields = {}, whileRunning = false }: RecipientStep,
): TransactItem[] {
  if (!recipientStatusesBefore(status).includes(recipient.status)) {
    throw new Error(`a recipient cannot go from ${recipient.status} to ${status}`);
  }
  const { messageId } = fields;
  const claim = messageId && {
    Put: {
      TableName: db.table.campaign_recipients,
      Item: { ...messageClaimKey(recipient, messageId), position: recipient.position },
    },
  };
  return [
    countsItem(db, recipient, status, whileRunning),
    stepItem(db, { recipient, status, fields }),
    ...(claim ? [claim] : []),
  ];
}

function countsItem(
  db: Db<"campaigns">,
  recipient: StoredRecipient,
  status: RecipientStatus,
  whileRunning: boolean,
): TransactItem {
  const { tenantId, campaignId: id } = recipient;
  return {
    Update: {
      TableName: db.table.campaigns,
      Key: campaignKey({ tenantId, id }),
      UpdateExpression: `SET stats.#from = stats.#from - :one, stats.#to = stats.#to + :one${failuresAfter(status)}`,
      ConditionExpression: whileRunning ? "#status = :running" : "attribute_exists(pk)",
      ExpressionAttributeNames: {
        "#from": recipient.status,
        "#to": status,
        ...(whileRunning ? { "#status": "status" } : {}),
      },
      ExpressionAttributeValues: {
        ":one": 1,
        ...(failuresAfter(status) === "" ? {} : { ":zero": 0 }),
        ...(whileRunning ? { ":running": "running" } : {}),
      },
    },
  };
}

/** What a step says of the messages that failed one after the other. */
function failuresAfter(status: RecipientStatus): string {
  if (status === "failed") return ", failuresInRow = if_not_exists(failuresInRow, :zero) + :one";
  return ["sent", "delivered", "read"].includes(status) ? ", failuresInRow = :zero" : "";
}

function stepItem(db: Db<"campaign_recipients">, { recipient, status, fields = {} }: RecipientStep): TransactItem {
  const set = { ...fields, status, statusPk: statusPartition(recipient, status) };
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  return {
    Update: {
      TableName: db.table.campaign_recipients,
      Key: recipientKey(recipient),
      UpdateExpression: `SET ${given.map(([name]) => `#${name} = :${name}`).join(", ")} REMOVE turnPk`,
      ConditionExpression: "#status = :from",
      ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ":from": recipient.status,
        ...Object.fromEntries(given.map(([name, value]) => [`:${name}`, value])),
      },
    },
  };
}

/** The transaction items that count a recipient's first reply; the second fails its condition where they replied before. */
export function replyItems(
  db: Db<"campaigns" | "campaign_recipients">,
  recipient: RecipientRef,
  at: string,
): TransactItem[] {
  const { tenantId, campaignId: id } = recipient;
  return [
    {
      Update: {
        TableName: db.table.campaigns,
        Key: campaignKey({ tenantId, id }),
        UpdateExpression: "SET replied = replied + :one",
        ConditionExpression: "attribute_exists(pk)",
        ExpressionAttributeValues: { ":one": 1 },
      },
    },
    {
      Update: {
        TableName: db.table.campaign_recipients,
        Key: recipientKey(recipient),
        UpdateExpression: "SET repliedAt = :at",
        ConditionExpression: "repliedAt = :none",
        ExpressionAttributeValues: { ":at": at, ":none": null },
      },
    },
  ];
}
