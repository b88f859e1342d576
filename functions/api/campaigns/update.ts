import { publicCampaign, type StoredCampaign } from "../../../domain/campaign/campaign.ts";
import { eraseList } from "../../../domain/campaign/listed.ts";
import { contentOf, findCampaign, replaceCampaign } from "../../../domain/campaign/store.ts";
import { InvalidTransition } from "../../../domain/campaign/transition.ts";
import { isoTime } from "../../../domain/clock.ts";
import { DomainError, NotFound } from "../../../domain/error.ts";
import { uploadKey } from "../../../domain/media/object-key.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { UpdateCampaign } from "./campaign-body.ts";
import type { CampaignsContext } from "./context.ts";
import { givenAudience } from "./given-audience.ts";
import { givenContent } from "./given-content.ts";
import { refuseMissingVariables } from "./refuse-missing-variables.ts";
import { refusePast } from "./refuse-past.ts";

const triesMax = 5;

export const updateCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.updateCampaign, async call => {
    const { db, campaigns, templates, uploads, audienceFiles } = context;
    const { body, nowMs } = call;
    const ref = campaigns.of(call);
    requireDraft(ref);
    refusePast(body.scheduledAt, nowMs);
    const key = uploadKey({ tenantId: ref.tenantId, id: call.newId("med") });
    const said = { template: templates.maybe(call), upload: uploads.maybe(call), key };
    const given = await givenContent(context, body, said);
    if (body.audience !== undefined) {
      const to = { content: given ?? (await contentOf(db, ref)), sessionId: body.sessionId ?? ref.sessionId };
      await refuseMissingVariables(db, { ...to, tenantId: ref.tenantId }, body.audience);
    }
    const found = { file: audienceFiles.maybe(call), list: call.newId("cmp", "audience") };
    const audience = body.audience && (await givenAudience(context, ref, body.audience, found));
    for (let attempt = 1; attempt <= triesMax; attempt++) {
      const before = await findCampaign(db, ref);
      if (before === undefined) throw new NotFound();
      requireDraft(before);
      const content = given ?? (await contentOf(db, ref));
      const campaign = changed(before, { ...body, audience }, nowMs);
      if (!(await replaceCampaign(db, before, { campaign, content }, nowMs))) continue;
      const { audience: was } = before;
      if (audience !== undefined && "list" in was) await eraseList(db, ref, was);
      return ok(publicCampaign(campaign, content));
    }
    throw new DomainError("unavailable", "The campaign is being changed by many requests at once.");
  });

function requireDraft({ status }: StoredCampaign): void {
  if (status === "draft" || status === "scheduled") return;
  throw new InvalidTransition(`A campaign that is ${status} can no longer be changed.`);
}

type Settings = Omit<UpdateCampaign, "audience"> & Partial<Pick<StoredCampaign, "audience">>;

function changed(before: StoredCampaign, given: Settings, nowMs: number): StoredCampaign {
  const scheduledAt = given.scheduledAt === undefined ? before.scheduledAt : given.scheduledAt;
  return {
    ...before,
    name: given.name ?? before.name,
    sessionId: given.sessionId ?? before.sessionId,
    audience: given.audience ?? before.audience,
    pace: given.pace ?? before.pace,
    quietHours: given.quietHours === undefined ? before.quietHours : given.quietHours,
    metadata: given.metadata ?? before.metadata,
    scheduledAt,
    status: scheduledAt === null ? "draft" : "scheduled",
    updatedAt: isoTime(nowMs),
  };
}
