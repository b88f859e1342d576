import * as z from "zod";
import { isoTime } from "../clock.ts";
import { type Id, idOf } from "../id.ts";
import { MediaKind } from "../media/kind.ts";
import { textLengthMax } from "../message/text.ts";
import { variablesOf } from "./placeholder.ts";

const variablesMax = 100;

/** Kinds of files that people see a text with. */
export const CaptionedKind = MediaKind.extract(["image", "video", "document"]);

/** The file of a template: by its address or as an upload. */
const TemplateMedia = z
  .object({
    type: CaptionedKind,
    url: z.string().nullable(),
    mediaId: idOf("med").nullable(),
    filename: z.string().nullable(),
  })
  .meta({ id: "TemplateMedia" });

/** A text with variables as its tenant sees it. */
export const Template = z
  .object({
    id: idOf("tpl"),
    name: z.string(),
    body: z.string(),
    variables: z.array(z.string()).meta({ description: "the names in {{double braces}} in the body, in their order" }),
    media: TemplateMedia.nullable().meta({ description: "a file, of which the body is the caption" }),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({
    id: "Template",
    examples: [
      {
        id: "tpl_01JD3Z8QK6W7P9V2M4N5X0T1RB",
        name: "Order shipped",
        body: "Hello {{name}}, your order {{order}} is on its way.",
        variables: ["name", "order"],
        media: null,
        createdAt: "2026-11-22T08:00:00.000Z",
        updatedAt: "2026-11-22T08:00:00.000Z",
      },
    ],
  });
export type Template = z.infer<typeof Template>;

export const StoredTemplate = Template.omit({ variables: true }).extend({ tenantId: idOf("ten") });
export type StoredTemplate = z.infer<typeof StoredTemplate>;

/** What a client may set. */
export const TemplateText = z.strictObject({
  name: z.string().trim().min(1).max(100),
  body: z
    .string()
    .min(1)
    .max(textLengthMax)
    .refine(body => variablesOf(body).length <= variablesMax, { error: `has more than ${variablesMax} variables` }),
});
export type TemplateDraft = z.infer<typeof TemplateText> & Pick<Template, "media">;

export function newTemplate(
  owner: { readonly id: Id<"tpl">; readonly tenantId: Id<"ten"> },
  { name, body, media }: TemplateDraft,
  nowMs: number,
): StoredTemplate {
  const at = isoTime(nowMs);
  return { id: owner.id, tenantId: owner.tenantId, name, body, media, createdAt: at, updatedAt: at };
}

export function publicTemplate(stored: StoredTemplate): Template {
  return Template.parse({ ...stored, variables: variablesOf(stored.body) });
}
