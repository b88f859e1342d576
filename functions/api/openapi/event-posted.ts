import * as z from "zod";
import type { ZodOpenApiPathItemObject } from "zod-openapi";
import { idOf } from "../../../domain/id.ts";
import { retryDelaysSeconds, triesMax } from "../../../domain/webhook/retry-schedule.ts";

const spelled = (seconds: number) => {
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3_600 ? `${seconds / 60} min` : `${seconds / 3_600} h`;
};

const description = [
  "Each event that a webhook asks for is posted to its URL, signed as [Standard Webhooks](https://www.standardwebhooks.com) " +
    "has it: the verifiers of that project, there is one for most languages, take the three headers, the body as it came, " +
    "byte for byte, and the webhook's secret. By hand: `webhook-signature` holds signatures apart by spaces, two while " +
    "the secret is replaced, and one that is right is enough. Each is `v1,` and the base64 of an HMAC-SHA256 over " +
    "`{webhook-id}.{webhook-timestamp}.{body}`, keyed with what the base64 after `whsec_` stands for. Refuse a time that " +
    "is more than five minutes off.",
  "**Answer with any 2xx within 15 seconds in all**, and do the work afterwards. Everything else is tried again, redirects " +
    `included, which are not followed: ${triesMax} tries, after ${retryDelaysSeconds.map(spelled).join(", ")}, each a ` +
    "fifth more or less, and later where `Retry-After` asks for it, by a day at most. A 410 disables the webhook at once; " +
    "nothing but failures for five days, and twenty of them, do so too, and `webhook.disabled` tells. Three time-outs in a " +
    "row give the URL a rest of ten seconds, then longer ones of up to five minutes, between which one try at a time asks " +
    "whether it is back; what waits uses up no tries.",
  "**The same event may come more than once**: `webhook-id` is the event's id, the same on every try, redelivery and replay. " +
    "Remember the ids that you have dealt with. **Order is not promised**: `sequence` rises within a session, sort by it " +
    "where it matters. What was missed is sent again by a replay, or read from `GET /api/events`.",
].join("\n\n");

/** What customers' servers get, as OpenAPI 3.1 has a place for it. */
export const eventPosted: ZodOpenApiPathItemObject = {
  post: {
    operationId: "receiveEvent",
    summary: "An event, as it is posted to the URL of a webhook",
    description,
    tags: ["Webhooks"],
    security: [],
    requestParams: {
      header: z.object({
        "webhook-id": idOf("evt").meta({ description: "The event's id, the same on every try." }),
        "webhook-timestamp": z.string().meta({ description: "When this try was signed, in Unix seconds." }),
        "webhook-signature": z.string().meta({
          description: "One signature for each secret that signs now, apart by spaces.",
          examples: ["v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4="],
        }),
      }),
    },
    requestBody: {
      required: true,
      content: { "application/json": { schema: { $ref: "#/components/schemas/Event" } } },
    },
    responses: {
      "2XX": { description: "Taken: the delivery is done" },
      410: { description: "Gone: the webhook is disabled, and nothing is sent to it any more" },
      default: { description: "Not taken: it is tried again later" },
    },
  },
};
