import { newId } from "../../domain/id.ts";
import { type EmulatedAws, emulatedAws } from "../emulated-aws.ts";
import { fileAudience, materialiserOf, recipientsOf, rowOf, startedCampaign } from "../functions/campaign-audiences.ts";
import type { Bench } from "./bench.ts";

/** The most that an uploaded file may hold. */
const people = Number(process.env.AUDIENCE_PEOPLE ?? 100_000);
/** The materialiser is cut off so often on the way, in the middle of whatever it does. */
const deaths = 20;
const deathName = "AccessDeniedException";
/** How long one invocation may go on, far less than on AWS, so that there are many. */
const invocationMs = 5_000;

/** A campaign to an uploaded file of as many people, started. */
async function campaignToAll(aws: EmulatedAws) {
  const tenantId = newId("ten", Date.now());
  const rows = Array.from({ length: people }, (_, place) => `+${5_511_900_000_000 + place},Person ${place}`);
  return startedCampaign(aws, tenantId, await fileAudience(tenantId, ["phone,name", ...rows].join("\n")));
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
    let deathAtMs = Number.POSITIVE_INFINITY;
    await using aws = await emulatedAws({
      intercept: ({ service }) => {
        if (service !== "dynamodb" || performance.now() < deathAtMs) return undefined;
        deathAtMs = Number.POSITIVE_INFINITY;
        return { error: deathName };
      },
    });
    const campaign = await campaignToAll(aws);
    let stopAtMs = 0;
    const materialiser = materialiserOf(aws, { mayGoOn: () => performance.now() < stopAtMs });
    const startedAtMs = performance.now();
    let died = 0;
    let invocations = 0;
    for (let isMade = false; !isMade; ) {
      const beginsAtMs = performance.now();
      if (died < deaths) deathAtMs = beginsAtMs + Math.random() * invocationMs;
      stopAtMs = beginsAtMs + invocationMs;
      invocations++;
      if (await isCutOff(() => materialiser.step(campaign))) died++;
      deathAtMs = Number.POSITIVE_INFINITY;
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
