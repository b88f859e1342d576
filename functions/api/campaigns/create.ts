import { newCampaign, publicCampaign } from "../../../domain/campaign/campaign.ts";
import { contentOf, createCampaign as create, findCampaign } from "../../../domain/campaign/store.ts";
import { isoTime } from "../../../domain/clock.ts";
import { NotFound } from "../../../domain/error.ts";
import { uploadKey } from "../../../domain/media/object-key.ts";
import { created } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import type { CampaignsContext } from "./context.ts";
import { givenAudience } from "./given-audience.ts";
import { givenContent } from "./given-content.ts";
import { refuseMissingVariables } from "./refuse-missing-variables.ts";
import { refusePast } from "./refuse-past.ts";

export const createCampaign = (context: CampaignsContext) =>
  endpoint(context.routes.createCampaign, async call => {
    const { db } = context;
    const { body, nowMs } = call;
    const ref = { tenantId: call.caller.tenantId, id: call.newId("cmp") };
    const held = call.resumed ? await findCampaign(db, ref) : undefined;
    if (held !== undefined) return created(publicCampaign(held, await contentOf(db, ref)));
    refusePast(body.scheduledAt, nowMs);
    const key = uploadKey({ tenantId: ref.tenantId, id: call.newId("med") });
    const found = { template: context.templates.maybe(call), upload: context.uploads.maybe(call), key };
    const content = await givenContent(context, body, found);
    if (content === undefined) throw new NotFound();
    await refuseMissingVariables(db, { ...ref, sessionId: body.sessionId, content }, body.audience);
    const list = call.newId("cmp", "audience");
    const audience = await givenAudience(context, ref, body.audience, {
      file: context.audienceFiles.maybe(call),
      list,
    });
    const { name, sessionId, pace, quietHours, scheduledAt, metadata } = body;
    const settings = { name, sessionId, pace, quietHours, scheduledAt, metadata, audience };
    const campaign = newCampaign(ref, settings, isoTime(nowMs));
    await create(db, { campaign, content }, nowMs);
    return created(publicCampaign(campaign, content));
  });
