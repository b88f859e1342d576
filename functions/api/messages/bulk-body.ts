import * as z from "zod";
import { idOf } from "../../../domain/id.ts";
import { textLengthMax } from "../../../domain/message/text.ts";
import { TemplateVariables } from "../../../domain/template/message-text.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { sharedMediaUnder } from "./send-media-body.ts";

const recipientsMax = 1_000;

type Given = { readonly text?: unknown; readonly template?: unknown; readonly media?: unknown };
const isOneOf = ({ text, template, media }: Given) =>
  [text, template, media].filter(each => each !== undefined).length === 1;

export function sendBulkUnder(rules: DestinationRules) {
  return z
    .strictObject({
      sessionId: idOf("ses"),
      recipients: z
        .array(z.strictObject({ to: z.string().max(64), variables: TemplateVariables.optional() }))
        .min(1)
        .max(recipientsMax)
        .meta({ description: "Each may be refused by itself: a number that is none, a variable that is missing." }),
      text: z
        .string()
        .min(1)
        .max(textLengthMax)
        .optional()
        .meta({ description: "What everybody gets; {{name}} takes the recipient's variable of that name." }),
      template: z
        .strictObject({ id: idOf("tpl"), variables: TemplateVariables.default({}) })
        .optional()
        .meta({ description: "Instead of a text: a template, and values for those who have none of their own." }),
      media: sharedMediaUnder(rules).optional(),
    })
    .refine(isOneOf, {
      path: ["text"],
      error: "is required, or a template or media in its place; only one of them",
      when: ({ value }) => typeof value === "object" && value !== null,
    })
    .meta({
      id: "SendBulk",
      examples: [
        {
          sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
          recipients: [{ to: "+5511999999999", variables: { name: "Ana" } }],
          text: "Hello {{name}}",
        },
      ],
    });
}
export type SendBulk = z.output<ReturnType<typeof sendBulkUnder>>;

const Rejection = z
  .object({
    index: z.int().min(0).meta({ description: "The recipient's place in the request, from 0." }),
    to: z.string(),
    code: z.enum(["invalid_recipient", "missing_variable", "invalid_text", "opted_out", "unavailable"]),
    message: z.string(),
  })
  .meta({ id: "BulkRejection" });
export type Rejection = z.infer<typeof Rejection>;

export const BulkAnswer = z
  .object({
    accepted: z.int().min(0),
    rejected: z.array(Rejection),
    messages: z.array(z.object({ id: idOf("msg"), to: z.string() })),
  })
  .meta({ id: "BulkAnswer" });
