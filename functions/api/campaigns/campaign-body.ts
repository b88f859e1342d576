import * as z from "zod";
import { ListedRecipient, listedMax, recipientsMax } from "../../../domain/campaign/audience.ts";
import { Pace, QuietHours } from "../../../domain/campaign/pace.ts";
import { isoTime } from "../../../domain/clock.ts";
import { Tag } from "../../../domain/contact/contact.ts";
import { idOf } from "../../../domain/id.ts";
import { textLengthMax } from "../../../domain/message/text.ts";
import { Metadata } from "../../../domain/metadata.ts";
import { TemplateVariables } from "../../../domain/template/message-text.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { sharedMediaUnder } from "../messages/send-media-body.ts";

const tagsMax = 10;

const Audience = z
  .union([
    z.strictObject({ contactIds: z.array(idOf("con")).min(1).max(listedMax) }),
    z.strictObject({
      tags: z
        .array(Tag)
        .min(1)
        .max(tagsMax)
        .transform(tags => [...new Set(tags)]),
    }),
    z.strictObject({ recipients: z.array(ListedRecipient).min(1).max(listedMax) }),
    z.strictObject({ mediaId: idOf("med") }),
  ])
  .meta({
    description: `Contacts by id, or all that have one of some tags; recipients with variables of their own; or an uploaded CSV in UTF-8 with a column phone or phoneNumber, whose other columns are variables (a column optedOut keeps people back). At most ${listedMax} in a list, ${recipientsMax} in all. Who it is and what they get is settled when the campaign starts, of which /preview tells; people who opt out later are skipped all the same.`,
    examples: [{ tags: ["vip"] }],
  });

const Name = z.string().trim().min(1).max(100);
const ScheduledAt = z.iso
  .datetime({ offset: true })
  .transform(text => isoTime(Date.parse(text)))
  .meta({ description: "A time in the future to start at by itself.", examples: ["2030-01-01T09:00:00.000Z"] });

const contentUnder = (rules: DestinationRules) => ({
  text: z.string().min(1).max(textLengthMax).optional().meta({
    description:
      "{{name}} takes the recipient's variable of that name, or the field of the contact: name, phone, email or one of its custom fields. Who has none is skipped.",
  }),
  template: z
    .strictObject({ id: idOf("tpl"), variables: TemplateVariables.default({}) })
    .optional()
    .meta({
      description: "Instead of a text: a template, and values for those who have none of their own.",
    }),
  media: sharedMediaUnder(rules)
    .optional()
    .meta({ description: "A file for everybody. An upload must still be kept when the campaign is sent." }),
});

type Given = { readonly text?: unknown; readonly template?: unknown; readonly media?: unknown };
const contentsGiven = ({ text, template, media }: Given) =>
  [text, template, media].filter(each => each !== undefined).length;
const isObject = ({ value }: { readonly value: unknown }) => typeof value === "object" && value !== null;

export function createCampaignUnder(rules: DestinationRules) {
  return z
    .strictObject({
      name: Name,
      sessionId: idOf("ses"),
      ...contentUnder(rules),
      audience: Audience,
      pace: Pace.default({ messagesPerMinute: null, jitter: 0.5 }),
      scheduledAt: ScheduledAt.nullable().default(null),
      quietHours: QuietHours.nullable().default(null),
      metadata: Metadata.default({}),
    })
    .refine(body => contentsGiven(body) === 1, {
      path: ["text"],
      error: "is required, or a template or media in its place; only one of them",
      when: isObject,
    })
    .meta({
      id: "CreateCampaign",
      examples: [
        {
          name: "Spring sale",
          sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
          text: "Hello {{name}}, our sale begins today.",
          audience: { recipients: [{ to: "+5511999999999", variables: { name: "Ana" } }] },
          pace: { messagesPerMinute: 10, jitter: 0.5 },
        },
      ],
    });
}
export type CreateCampaign = z.output<ReturnType<typeof createCampaignUnder>>;

export function updateCampaignUnder(rules: DestinationRules) {
  return z
    .strictObject({
      name: Name.optional(),
      sessionId: idOf("ses").optional(),
      ...contentUnder(rules),
      audience: Audience.optional(),
      pace: Pace.optional(),
      scheduledAt: ScheduledAt.nullable().optional(),
      quietHours: QuietHours.nullable().optional(),
      metadata: Metadata.optional(),
    })
    .refine(body => contentsGiven(body) <= 1, {
      path: ["text"],
      error: "is given beside a template or media; only one of them is sent",
      when: isObject,
    })
    .meta({ id: "UpdateCampaign", examples: [{ name: "Summer sale" }] });
}
export type UpdateCampaign = z.output<ReturnType<typeof updateCampaignUnder>>;
