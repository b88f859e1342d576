import * as z from "zod";
import { idOf } from "../../../domain/id.ts";
import { Filename } from "../../../domain/media/upload.ts";
import { CaptionedKind, TemplateText } from "../../../domain/template/template.ts";
import type { DestinationRules } from "../../../domain/webhook/destination.ts";
import { publicUrl } from "../public-url.ts";

/** What a client may set of a template; where its file may be fetched from differs under the local runner alone. */
export function templateBodyUnder(rules: DestinationRules) {
  const fields = { type: CaptionedKind, filename: Filename.optional() };
  const url = publicUrl(rules).meta({
    description: "Fetched anew for each send.",
    examples: ["https://example.com/sale.jpg"],
  });
  const media = z
    .union([z.strictObject({ ...fields, url }), z.strictObject({ ...fields, mediaId: idOf("med") })])
    .nullable()
    .default(null)
    .meta({
      description: "A file, of which the body is the caption; an upload is kept only for a time.",
      examples: [{ type: "image", url: "https://example.com/sale.jpg" }],
    });
  return TemplateText.extend({ media }).transform(({ media: given, ...text }) => {
    if (given === null) return { ...text, media: null };
    const { type, filename = null } = given;
    const url = "url" in given ? given.url : null;
    const mediaId = "mediaId" in given ? given.mediaId : null;
    return { ...text, media: { type, url, mediaId, filename } };
  });
}
