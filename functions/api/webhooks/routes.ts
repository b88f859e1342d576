import * as z from "zod";
import { EventType } from "../../../domain/event/event.ts";
import { idOf } from "../../../domain/id.ts";
import { PageQuery } from "../../../domain/page.ts";
import { DeliveryStatus, PublicDelivery } from "../../../domain/webhook/delivery.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { EventPattern, PublicWebhook } from "../../../domain/webhook/webhook.ts";
import { publicUrl } from "../public-url.ts";
import { pageOf, route } from "../route.ts";

const params = z.strictObject({ webhookId: idOf("whk") });
const webhook = { kind: "webhook", at: ["params.webhookId"] };
const sessions = { kind: "session", at: ["body.sessionIds[]"] };

const Events = z
  .array(EventPattern)
  .min(1)
  .max(100)
  .meta({ examples: [["message.received"], ["message.*"], ["*"]] });
const SessionIds = z
  .array(idOf("ses"))
  .min(1)
  .max(100)
  .nullable()
  .meta({ description: "Only events of these sessions; null for all of the tenant's." });
const Description = z.string().trim().max(500).nullable();

/** Where webhooks may go differs under the local runner alone. */
const urlUnder = (rules: DestinationRules) =>
  publicUrl(rules).meta({
    description: "An https:// URL that leads to the public internet.",
    examples: ["https://example.com/hooks/whatsapp"],
  });

const WithSecret = PublicWebhook.extend({
  secret: z.string().meta({ description: "Signs by Standard Webhooks. Shown here and now alone: keep it." }),
}).meta({ id: "WebhookWithSecret" });

const RotateSecret = z
  .strictObject({
    overlapHours: z.int().min(0).max(168).default(24).meta({
      description:
        "How long the secret before it goes on signing too. What was under way as the new one was made is signed by the one before alone; where that is refused it comes again, signed by both.",
    }),
  })
  .prefault({})
  .meta({ id: "RotateWebhookSecret" });

const Replay = z
  .strictObject({
    since: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }).optional(),
    types: z.array(EventType).min(1).max(100).optional(),
  })
  .refine(({ since, until }) => until === undefined || Date.parse(since) <= Date.parse(until), {
    path: ["until"],
    error: "must not be before since",
  })
  .meta({ id: "ReplayWebhook", examples: [{ since: "2026-11-22T08:00:00.000Z" }] });

export const webhookRoutesUnder = (rules: DestinationRules) => {
  const url = urlUnder(rules);
  return {
    createWebhook: route({
      method: "POST",
      path: "/api/webhooks",
      resource: "webhooks",
      operationId: "createWebhook",
      summary: "Have events sent to a URL; the answer shows the secret that signs them",
      ids: [sessions],
      body: z
        .strictObject({
          url,
          events: Events,
          sessionIds: SessionIds.optional(),
          description: Description.optional(),
        })
        .meta({
          id: "CreateWebhook",
          examples: [{ url: "https://example.com/hooks/whatsapp", events: ["message.*"] }],
        }),
      answers: { 201: WithSecret },
      errors: ["quota_exceeded"],
    }),
    listWebhooks: route({
      method: "GET",
      path: "/api/webhooks",
      resource: "webhooks",
      operationId: "listWebhooks",
      summary: "The tenant's webhooks, newest first",
      query: z.strictObject(PageQuery.shape),
      answers: { 200: pageOf(PublicWebhook) },
    }),
    getWebhook: route({
      method: "GET",
      path: "/api/webhooks/:webhookId",
      resource: "webhooks",
      operationId: "getWebhook",
      summary: "One webhook, with how it fares",
      ids: [webhook],
      params,
      answers: { 200: PublicWebhook },
    }),
    updateWebhook: route({
      method: "PATCH",
      path: "/api/webhooks/:webhookId",
      resource: "webhooks",
      operationId: "updateWebhook",
      summary: "Change a webhook; what is not named stays",
      ids: [webhook, sessions],
      params,
      body: z
        .strictObject({
          url: url.optional(),
          events: Events.optional(),
          sessionIds: SessionIds.optional(),
          description: Description.optional(),
          enabled: z.boolean().optional(),
        })
        .meta({ id: "PatchWebhook", examples: [{ enabled: true }] }),
      answers: { 200: PublicWebhook },
    }),
    replaceWebhook: route({
      method: "PUT",
      path: "/api/webhooks/:webhookId",
      resource: "webhooks",
      operationId: "replaceWebhook",
      summary: "Set a webhook anew; what is not named is as in a new one",
      ids: [webhook, sessions],
      params,
      body: z
        .strictObject({
          url,
          events: Events,
          sessionIds: SessionIds.default(null),
          description: Description.default(null),
          enabled: z.boolean().default(true),
        })
        .meta({ id: "ReplaceWebhook", examples: [{ url: "https://example.com/hooks/whatsapp", events: ["*"] }] }),
      answers: { 200: PublicWebhook },
    }),
    deleteWebhook: route({
      method: "DELETE",
      path: "/api/webhooks/:webhookId",
      resource: "webhooks",
      operationId: "deleteWebhook",
      summary: "Delete a webhook; what was still to be sent to it is not sent",
      ids: [webhook],
      params,
      answers: { 204: z.undefined() },
    }),
    testWebhook: route({
      method: "POST",
      path: "/api/webhooks/:webhookId/test",
      resource: "webhooks",
      operationId: "testWebhook",
      summary: "Send a webhook.test event to this webhook, whatever it asks for",
      ids: [webhook],
      params,
      answers: { 202: PublicWebhook },
    }),
    rotateWebhookSecret: route({
      method: "POST",
      path: "/api/webhooks/:webhookId/rotate-secret",
      resource: "webhooks",
      operationId: "rotateWebhookSecret",
      summary: "A new secret; the one before it signs too until the overlap ends",
      ids: [webhook],
      params,
      body: RotateSecret,
      answers: { 200: WithSecret },
      errors: ["invalid_transition"],
    }),
    listDeliveries: route({
      method: "GET",
      path: "/api/webhooks/:webhookId/deliveries",
      resource: "webhooks",
      operationId: "listDeliveries",
      summary: "What was sent to a webhook, newest event first, with every try",
      ids: [webhook],
      params,
      query: z.strictObject({ ...PageQuery.shape, status: DeliveryStatus.optional() }),
      answers: { 200: pageOf(PublicDelivery) },
    }),
    redeliver: route({
      method: "POST",
      path: "/api/webhooks/:webhookId/deliveries/:deliveryId/redeliver",
      resource: "webhooks",
      operationId: "redeliver",
      summary: "Send one event again now, and try as often as at first",
      ids: [webhook, { kind: "delivery", at: ["params.webhookId", "params.deliveryId"] }],
      params: z.strictObject({ webhookId: idOf("whk"), deliveryId: idOf("dlv") }),
      answers: { 202: PublicDelivery },
      errors: ["invalid_transition"],
    }),
    replayWebhook: route({
      method: "POST",
      path: "/api/webhooks/:webhookId/replay",
      resource: "webhooks",
      operationId: "replayWebhook",
      summary: "Send the events of a time again, as far back as the log goes",
      ids: [webhook],
      params,
      body: Replay,
      answers: { 202: PublicWebhook },
      errors: ["invalid_transition"],
    }),
  };
};

export type WebhookRoutes = ReturnType<typeof webhookRoutesUnder>;

/** The rows as they are deployed. */
export const webhookRoutes = webhookRoutesUnder({ allowLoopback: false });
