import * as z from "zod";
import { idOf } from "../../../domain/id.ts";
import { Recipient } from "../../../domain/jid.ts";
import { MediaKind } from "../../../domain/media/kind.ts";
import { Filename, Mimetype } from "../../../domain/media/upload.ts";
import { captionLengthMax } from "../../../domain/message/text.ts";
import { Metadata } from "../../../domain/metadata.ts";
import { Priority } from "../../../domain/outbox/outbox.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { publicUrl } from "../public-url.ts";

/** Where files may be fetched from differs under the local runner alone. */
const urlUnder = (rules: DestinationRules) =>
  publicUrl(rules).meta({
    description: "An https:// URL on the public internet, of a file of up to 100 MB.",
    examples: ["https://example.com/invoice.pdf"],
  });

/** Exactly one of the three ways to give a file. */
const sourceUnder = (rules: DestinationRules) =>
  z
    .union([
      z.strictObject({ url: urlUnder(rules) }),
      z.strictObject({ base64: z.base64().min(1), mimetype: Mimetype }),
      z.strictObject({ mediaId: idOf("med") }),
    ])
    .meta({ examples: [{ url: "https://example.com/invoice.pdf" }] });

/** A file with all that belongs to it, for many at once. */
export function sharedMediaUnder(rules: DestinationRules) {
  const fields = {
    type: MediaKind,
    caption: z.string().min(1).max(captionLengthMax).optional().meta({ description: "{{name}} is filled in." }),
    filename: Filename.optional(),
  };
  return z
    .union([
      z.strictObject({ ...fields, url: urlUnder(rules) }),
      z.strictObject({ ...fields, base64: z.base64().min(1), mimetype: Mimetype }),
      z.strictObject({ ...fields, mediaId: idOf("med") }),
    ])
    .meta({
      description: "Instead of a text: a file for everybody.",
      examples: [{ type: "image", url: "https://example.com/sale.jpg", caption: "Hello {{name}}" }],
    });
}

export function sendMediaUnder(rules: DestinationRules) {
  return z
    .strictObject({
      sessionId: idOf("ses"),
      to: Recipient,
      type: MediaKind.meta({ description: "A voice note must be Opus in Ogg, a sticker WebP." }),
      media: sourceUnder(rules),
      caption: z
        .string()
        .min(1)
        .max(captionLengthMax)
        .optional()
        .meta({ description: "Shown with images, videos and documents." }),
      filename: Filename.optional(),
      priority: Priority.default("normal"),
      metadata: Metadata.default({}),
    })
    .meta({
      id: "SendMedia",
      examples: [
        {
          sessionId: "ses_01JD3Z8QK6W7P9V2M4N5X0T1RB",
          to: "+5511999999999",
          type: "document",
          media: { url: "https://example.com/invoice.pdf" },
          caption: "Your invoice",
        },
      ],
    });
}
export type SendMedia = z.output<ReturnType<typeof sendMediaUnder>>;
