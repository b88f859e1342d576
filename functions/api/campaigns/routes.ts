import * as z from "zod";
import { Campaign } from "../../../domain/campaign/campaign.ts";
import { Recipient, RecipientStatus } from "../../../domain/campaign/recipient.ts";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { noAnswerBody, pageOf, route } from "../route.ts";
import { createCampaignUnder, updateCampaignUnder } from "./campaign-body.ts";
import { CampaignPreview } from "./preview-answer.ts";

const params = z.strictObject({ campaignId: idOf("cmp") });
const ids = [{ kind: "campaign", at: ["params.campaignId"] }];
const named = [
  { kind: "session", at: ["body.sessionId"] },
  { kind: "template", at: ["body.template.id"] },
  { kind: "upload", at: ["body.media.mediaId"] },
  { kind: "audienceFile", at: ["body.audience.mediaId"] },
  { kind: "contact", at: ["body.audience.contactIds[]"] },
];
const action = {
  method: "POST",
  resource: "campaigns",
  ids,
  params,
  answers: { 202: Campaign },
} as const;

export function campaignRoutesUnder(rules: DestinationRules) {
  return {
    createCampaign: route({
      method: "POST",
      path: "/api/campaigns",
      resource: "campaigns",
      operationId: "createCampaign",
      summary: "Make a campaign: one text, template or file for up to 100,000 recipients, sent at a careful pace",
      ids: named,
      body: createCampaignUnder(rules),
      answers: { 201: Campaign },
      errors: ["media_not_ready"],
    }),
    listCampaigns: route({
      method: "GET",
      path: "/api/campaigns",
      resource: "campaigns",
      operationId: "listCampaigns",
      summary: "The tenant's campaigns, newest first",
      query: z.strictObject(PageQuery.shape),
      answers: { 200: pageOf(Campaign) },
    }),
    getCampaign: route({
      method: "GET",
      path: "/api/campaigns/:campaignId",
      resource: "campaigns",
      operationId: "getCampaign",
      summary: "One campaign, with how far it has come",
      ids,
      params,
      answers: { 200: Campaign },
    }),
    updateCampaign: route({
      method: "PATCH",
      path: "/api/campaigns/:campaignId",
      resource: "campaigns",
      operationId: "updateCampaign",
      summary: "Change a campaign that has not started; what is not named stays",
      ids: [...ids, ...named],
      params,
      body: updateCampaignUnder(rules),
      answers: { 200: Campaign },
      errors: ["invalid_transition", "media_not_ready"],
    }),
    deleteCampaign: route({
      method: "DELETE",
      path: "/api/campaigns/:campaignId",
      resource: "campaigns",
      operationId: "deleteCampaign",
      summary: "Delete a campaign that is not running; its messages stay",
      ids,
      params,
      answers: { 204: noAnswerBody },
      errors: ["invalid_transition"],
    }),
    startCampaign: route({
      ...action,
      path: "/api/campaigns/:campaignId/start",
      operationId: "startCampaign",
      summary: "Start a campaign now: its recipients and its text are fixed, and sending begins",
      errors: ["invalid_transition", "session_not_connected", "media_not_ready"],
    }),
    pauseCampaign: route({
      ...action,
      path: "/api/campaigns/:campaignId/pause",
      operationId: "pauseCampaign",
      summary: "Pause a running campaign; messages that are queued already still leave",
      errors: ["invalid_transition"],
    }),
    resumeCampaign: route({
      ...action,
      path: "/api/campaigns/:campaignId/resume",
      operationId: "resumeCampaign",
      summary: "Go on with a paused campaign where it was, whatever paused it",
      errors: ["invalid_transition", "session_not_connected"],
    }),
    cancelCampaign: route({
      ...action,
      path: "/api/campaigns/:campaignId/cancel",
      operationId: "cancelCampaign",
      summary: "End a campaign; who is still pending gets nothing",
      errors: ["invalid_transition"],
    }),
    listCampaignRecipients: route({
      method: "GET",
      path: "/api/campaigns/:campaignId/recipients",
      resource: "campaigns",
      operationId: "listCampaignRecipients",
      summary: "A campaign's recipients, in the order of its audience; none until it starts",
      ids,
      params,
      query: z.strictObject({ ...PageQuery.shape, status: RecipientStatus.optional() }),
      answers: { 200: pageOf(Recipient) },
    }),
    previewCampaign: route({
      method: "POST",
      path: "/api/campaigns/:campaignId/preview",
      resource: "campaigns",
      operationId: "previewCampaign",
      summary: "What would come of a campaign if its audience was written to now; nothing is sent",
      ids,
      params,
      answers: { 200: CampaignPreview },
      errors: ["media_not_ready"],
    }),
  };
}
export type CampaignRoutes = ReturnType<typeof campaignRoutesUnder>;

/** As they are on AWS; schemas apart, the rules change nothing. */
export const campaignRoutes = campaignRoutesUnder({ allowLoopback: false });
