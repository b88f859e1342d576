import { PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { changeCampaign } from "../../domain/campaign/change-status.ts";
import type { CampaignContent } from "../../domain/campaign/content.ts";
import { createCampaign } from "../../domain/campaign/store.ts";
import { newId } from "../../domain/id.ts";
import { uploadKey } from "../../domain/media/object-key.ts";
import { draftCampaign } from "../domain/campaign/new-campaign.ts";
import { type EmulatedAws, emulatedAws, mediaBucketOfTests } from "../emulated-aws.ts";
import { materialiserOf, recipientsOf, rowOf } from "../functions/campaign-audiences.ts";
import type { Bench } from "./bench.ts";

/** The most that an uploaded file may hold. */
const people = Number(process.env.AUDIENCE_PEOPLE ?? 100_000);
/** The materialiser is cut off so often on the way, in the middle of whatever it does. */
const deaths = 20;
const deathName = "AccessDeniedException";
/** How long one invocation may go on, far less than on AWS, so that there are many. */
const invocationMs = 5_000;

/** A campaign to an uploaded file, started. */
async function startedCampaign(aws: EmulatedAws) {
  const nowMs = Date.now();
  const tenantId = newId("ten", nowMs);
  const mediaId = newId("med", nowMs);
  const rows = Array.from({ length: people }, (_, place) => `+${5_511_900_000_000 + place},Person ${place}`);
  const Body = ["phone,name", ...rows].join("\n");
  await new S3Client().send(
    new PutObjectCommand({ Bucket: mediaBucketOfTests, Key: uploadKey({ tenantId, id: mediaId }), Body }),
  );
  const campaign = draftCampaign({ tenantId, sessionId: newId("ses", nowMs) }, nowMs);
  const audience = { kind: "file", mediaId, size: Buffer.byteLength(Body) } as const;
  const content: CampaignContent = { body: "Hello {{name}}", template: null, media: null };
  await createCampaign(aws.db, { campaign: { ...campaign, audience }, content }, nowMs);
  const start = { action: "start", nowMs, freeze: (held: CampaignContent) => Promise.resolve(held) } as const;
  return (await changeCampaign(aws.db, campaign, start as never)).campaign;
}

async function isCutOff(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return false;
  } catch (error) {
    if (isDeath(error)) return true;
    throw error;
  }
}

const isDeath = (error: unknown): boolean =>
  error instanceof Error && (error.name === deathName || isDeath(error.cause));

/** How fast the recipients of the largest campaign are made, while whoever makes them dies again and again. */
export const bench: Bench = {
  promise: "a campaign's 100,000 recipients are made once each, however often their making is cut off",
  async run(say) {
    let callsToDeath = Number.POSITIVE_INFINITY;
    await using aws = await emulatedAws({
      intercept: ({ service }) => {
        if (service !== "dynamodb" || --callsToDeath !== 0) return undefined;
        return { error: deathName };
      },
    });
    const campaign = await startedCampaign(aws);
    let stopAtMs = 0;
    const materialiser = materialiserOf(aws, { mayGoOn: () => performance.now() < stopAtMs });
    const startedAtMs = performance.now();
    let died = 0;
    let invocations = 0;
    for (let isMade = false; !isMade; ) {
      callsToDeath = died < deaths ? Math.ceil((Math.random() * people) / deaths / 5) : Number.POSITIVE_INFINITY;
      stopAtMs = performance.now() + invocationMs;
      invocations++;
      if (await isCutOff(() => materialiser.step(campaign))) died++;
      callsToDeath = Number.POSITIVE_INFINITY;
      const row = await rowOf(aws, campaign.tenantId, campaign.id);
      if (row.status === "paused") throw new Error(`the campaign paused: ${row.pausedReason}`);
      isMade = row.materialised;
      if (invocations % 10 === 0)
        say(`${row.stats.total} recipients after ${invocations} invocations, ${died} cut off`);
    }
    const seconds = (performance.now() - startedAtMs) / 1_000;
    const recipients = await recipientsOf(aws, campaign);
    const distinct = new Set(recipients.map(({ to }) => to)).size;
    return [
      { name: "people in the file", value: people, unit: "" },
      { name: "recipients made", value: recipients.length, unit: "", baseline: "people in the file" },
      { name: "different people among them", value: distinct, unit: "", baseline: "people in the file" },
      { name: "invocations", value: invocations, unit: "" },
      { name: "of them cut off", value: died, unit: "" },
      { name: "recipients a second", value: people / seconds, unit: "" },
    ];
  },
};
