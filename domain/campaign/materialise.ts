import * as z from "zod";
import type { Db } from "../dynamodb/db.ts";
import { readItems } from "../dynamodb/read-items.ts";
import { type TransactItem, transactIf } from "../dynamodb/transaction.ts";
import type { AudiencePlace } from "./audience.ts";
import type { CampaignRef, StoredCampaign } from "./campaign.ts";
import { campaignKey, duePlaceOf } from "./item.ts";
import { paceCampaign } from "./pace-row.ts";
import { type PlannedRecipient, reasonAmong } from "./plan-recipients.ts";
import type { SkipReason, StoredRecipient } from "./recipient.ts";
import { chatClaimKey, putRecipient } from "./recipient-item.ts";

type MakingDb = Db<"campaigns" | "campaign_recipients" | "paces">;

/** Recipients of one transaction: two items each, of the hundred it takes, and one for the campaign. */
export const madeAtOnce = 49;
/** A transaction takes 4 MB; their variables come to far less as a rule. */
const bytesAtOnce = 3_000_000;

/** The recipient a plan makes at a position; `reason` where it gets nothing. */
function recipientAt(
  ref: CampaignRef,
  position: number,
  planned: PlannedRecipient,
  reason: SkipReason | null,
): StoredRecipient {
  const { to, jid, contactId, variables, firstContact } = planned;
  return {
    tenantId: ref.tenantId,
    campaignId: ref.id,
    position,
    to,
    jid,
    contactId,
    variables: reason === null ? variables : {},
    firstContact,
    status: reason === null ? "pending" : "skipped",
    reason,
    error: null,
    messageId: null,
    queuedAt: null,
    sentAt: null,
    repliedAt: null,
  };
}

/**
 * Makes the next recipients of a campaign that runs, each in its place, and moves the campaign on behind them, a
 * transaction of some dozens at a time: a crash leaves either all of these or none. Answers the campaign after each;
 * ends early, having made nothing more, where the campaign is no longer as it was read.
 */
export async function* makeRecipients(
  db: MakingDb,
  before: StoredCampaign,
  planned: readonly PlannedRecipient[],
  nowMs: number,
): AsyncGenerator<StoredCampaign> {
  const taken = await chatsTaken(db, before, planned);
  let held = before;
  for (const chunk of chunksOf(planned)) {
    const claims: TransactItem[] = [];
    const made = chunk.map((each, at) => {
      const position = held.materialising.position + at;
      const reason = reasonAmong(taken, each);
      if (reason === null && each.person !== null) {
        taken.add(each.person);
        claims.push(claimItem(db, before, each.person, position));
      }
      return recipientAt(before, position, each, reason);
    });
    const next = await takeStep(db, held, { made, claims, place: chunk.at(-1)?.place ?? null }, nowMs);
    if (next === undefined) return;
    held = next;
    yield held;
  }
}

function* chunksOf(planned: readonly PlannedRecipient[]): Generator<PlannedRecipient[]> {
  let chunk: PlannedRecipient[] = [];
  let bytes = 0;
  for (const each of planned) {
    const more = Buffer.byteLength(JSON.stringify(each.variables));
    if (chunk.length === madeAtOnce || (chunk.length > 0 && bytes + more > bytesAtOnce)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(each);
    bytes += more;
  }
  if (chunk.length > 0) yield chunk;
}

const Taken = z.object({ sk: z.string() });
const claimsOf = ({ tenantId, id }: CampaignRef) => ({ tenantId, campaignId: id });

/** Those of the chats that recipients made before have taken. */
async function chatsTaken(
  db: Db<"campaign_recipients">,
  ref: CampaignRef,
  planned: readonly PlannedRecipient[],
): Promise<Set<string>> {
  const people = planned.flatMap(({ person }) => (person === null ? [] : [person]));
  const keys = [...new Set(people)].map(person => chatClaimKey(claimsOf(ref), person));
  const items = await readItems(db.client, db.table.campaign_recipients, keys);
  return new Set(items.map(item => Taken.parse(item).sk));
}

function claimItem(db: Db<"campaign_recipients">, ref: CampaignRef, person: string, position: number): TransactItem {
  const Item = { ...chatClaimKey(claimsOf(ref), person), position };
  const ConditionExpression = "attribute_not_exists(pk)";
  return { Put: { TableName: db.table.campaign_recipients, Item, ConditionExpression } };
}

interface Step {
  readonly made: readonly StoredRecipient[];
  readonly claims: readonly TransactItem[];
  readonly place: AudiencePlace | null;
}

async function takeStep(
  db: MakingDb,
  before: StoredCampaign,
  { made, claims, place }: Step,
  nowMs: number,
): Promise<StoredCampaign | undefined> {
  const skipped = made.filter(({ status }) => status === "skipped").length;
  const { total, pending } = before.stats;
  const after: StoredCampaign = {
    ...before,
    materialising: { position: before.materialising.position + made.length, place },
    stats: {
      ...before.stats,
      total: total + made.length,
      pending: pending + made.length - skipped,
      skipped: before.stats.skipped + skipped,
    },
  };
  const items = [movedOn(db, before, after, nowMs), ...claims, ...made.map(each => putRecipient(db, each))];
  return (await transactIf(db, items)) ? after : undefined;
}

/**
 * Ends the making: the campaign has all its recipients, and the pacer has it in hand. Undefined where the campaign is no
 * longer as it was read.
 */
export async function endMaking(
  db: MakingDb,
  before: StoredCampaign,
  nowMs: number,
): Promise<StoredCampaign | undefined> {
  const materialising = { ...before.materialising, place: null };
  const after: StoredCampaign = { ...before, materialised: true, materialising };
  return (await transactIf(db, [movedOn(db, before, after, nowMs), paceCampaign(db, before, nowMs)]))
    ? after
    : undefined;
}

/** Nobody else moves the counts of a campaign whose recipients are being made: they are set as they are known to be. */
function movedOn(db: Db<"campaigns">, before: StoredCampaign, after: StoredCampaign, nowMs: number): TransactItem {
  const { dueSk } = duePlaceOf(after, nowMs);
  const due = dueSk === undefined ? " REMOVE duePk, dueSk" : ", dueSk = :dueSk";
  return {
    Update: {
      TableName: db.table.campaigns,
      Key: campaignKey(before),
      UpdateExpression: `SET stats = :stats, materialising = :making, materialised = :made${due}`,
      ConditionExpression: "revision = :revision AND materialised = :no AND materialising.#position = :position",
      ExpressionAttributeNames: { "#position": "position" },
      ExpressionAttributeValues: {
        ":stats": after.stats,
        ":making": after.materialising,
        ":made": after.materialised,
        ":revision": before.revision,
        ":no": false,
        ":position": before.materialising.position,
        ...(dueSk === undefined ? {} : { ":dueSk": dueSk }),
      },
    },
  };
}
