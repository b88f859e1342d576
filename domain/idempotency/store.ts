import { randomUUID } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { isConditionFailed } from "../dynamodb/condition.ts";
import type { Db } from "../dynamodb/db.ts";
import type { SecretBox } from "../secret/envelope.ts";
import { type Claim, type FirstClaim, type IdempotentRequest, KeptAnswer } from "./claim.ts";
import { IdempotencyRow, judged, keptMs } from "./row.ts";

/** Remembers the first answer to each idempotency key for 24 hours, sealed. */
export interface IdempotencyStore {
  /** Takes the key for this request until `leaseUntilMs`, or says why not. Of any number at once, one is first. */
  claim(request: IdempotentRequest, nowMs: number, leaseUntilMs: number): Promise<Claim>;
  /** Keeps the answer, which later requests with the key replay. */
  keep(claim: FirstClaim, answer: KeptAnswer): Promise<void>;
  /** Lets the next request with the key run. */
  free(claim: FirstClaim): Promise<void>;
}

const keyOf = (request: IdempotentRequest) => ({ pk: `${request.tenantId}#${request.route}`, sk: request.key });
const contextOf = (request: IdempotentRequest) => ({ purpose: "idempotency", tenantId: request.tenantId });
const triesMax = 5;

export function idempotencyStore(db: Db<"idempotency">, box: SecretBox): IdempotencyStore {
  return {
    async claim(request, nowMs, leaseUntilMs) {
      let tried: FirstClaim | undefined;
      for (let attempt = 1; attempt <= triesMax; attempt++) {
        const row = attempt === 1 ? undefined : await read(db, request);
        // It was taken after all: the answer was lost, and what was asked again by itself found it taken.
        if (tried !== undefined && row?.token === tried.token) return tried;
        const judgement = judged(row, request, nowMs);
        if (judgement === "reused" || judgement === "in_progress") return { outcome: judgement };
        if (judgement === "replay" && row?.answer) {
          return { outcome: "replay", answer: await opened(box, request, row.answer) };
        }
        const claim = claimOf(request, judgement === "resume" ? row : undefined, nowMs);
        if (await taken(db, claim, row, leaseUntilMs)) return claim;
        tried = claim;
      }
      return { outcome: "in_progress" };
    },
    async keep(claim, answer) {
      const text = gzipSync(JSON.stringify(answer)).toString("base64");
      const sealed = await box.seal(text, contextOf(claim.request));
      await settle(db, claim, "SET answer = :value", sealed);
    },
    free: claim => settle(db, claim, "SET leaseUntilMs = :value", 0),
  };
}

async function opened(box: SecretBox, request: IdempotentRequest, sealed: Uint8Array): Promise<KeptAnswer> {
  const text = await box.open(sealed, contextOf(request));
  return KeptAnswer.parse(JSON.parse(gunzipSync(Buffer.from(text, "base64")).toString()));
}

async function read(db: Db<"idempotency">, request: IdempotentRequest): Promise<IdempotencyRow | undefined> {
  const Key = keyOf(request);
  const found = await db.client.send(new GetCommand({ TableName: db.table.idempotency, Key, ConsistentRead: true }));
  return found.Item === undefined ? undefined : IdempotencyRow.parse(found.Item);
}

function claimOf(request: IdempotentRequest, resumes: IdempotencyRow | undefined, nowMs: number): FirstClaim {
  const { seed, startedAtMs } = resumes ?? { seed: randomUUID(), startedAtMs: nowMs };
  return { outcome: "first", request, token: randomUUID(), seed, startedAtMs, resumed: resumes !== undefined };
}

/** Writes the claim over exactly what was read, or over nothing. Answers false where somebody else was faster. */
async function taken(
  db: Db<"idempotency">,
  claim: FirstClaim,
  over: IdempotencyRow | undefined,
  leaseUntilMs: number,
): Promise<boolean> {
  const { request, token, seed, startedAtMs } = claim;
  const row: IdempotencyRow = { bodyHash: request.bodyHash, token, seed, startedAtMs, leaseUntilMs };
  const asRead =
    over === undefined
      ? { ConditionExpression: "attribute_not_exists(pk)" }
      : {
          ConditionExpression:
            "#token = :token AND attribute_not_exists(answer) OR #token = :token AND startedAtMs <= :old",
          ExpressionAttributeNames: { "#token": "token" },
          ExpressionAttributeValues: { ":token": over.token, ":old": startedAtMs - keptMs },
        };
  try {
    const ttl = Math.ceil((startedAtMs + keptMs) / 1000);
    const Item = { ...keyOf(request), ...row, ttl };
    await db.client.send(new PutCommand({ TableName: db.table.idempotency, Item, ...asRead }));
    return true;
  } catch (error) {
    if (isConditionFailed(error)) return false;
    throw error;
  }
}

/** Changes the row of a claim that is still ours; one that was taken over in the meantime is left alone. */
async function settle(
  db: Db<"idempotency">,
  claim: FirstClaim,
  UpdateExpression: string,
  value: Uint8Array | number,
): Promise<void> {
  try {
    await db.client.send(
      new UpdateCommand({
        TableName: db.table.idempotency,
        Key: keyOf(claim.request),
        UpdateExpression,
        ConditionExpression: "#token = :token",
        ExpressionAttributeNames: { "#token": "token" },
        ExpressionAttributeValues: { ":token": claim.token, ":value": value },
      }),
    );
  } catch (error) {
    if (!isConditionFailed(error)) throw error;
  }
}
