import type { CampaignContent } from "../../../domain/campaign/content.ts";
import type { Upload } from "../../../domain/media/upload.ts";
import type { StoredTemplate } from "../../../domain/template/template.ts";
import { givenFile } from "../messages/given-file.ts";
import { templateFile } from "../messages/template-file.ts";
import type { CreateCampaign } from "./campaign-body.ts";
import type { CampaignsContext } from "./context.ts";

type Given = Pick<CreateCampaign, "text" | "template" | "media">;

/** What a request says a campaign is to say; undefined where it says nothing of it. Throws where a file cannot be sent. */
export async function givenContent(
  { db, bucket }: Pick<CampaignsContext, "db" | "bucket">,
  { text, template, media }: Given,
  found: {
    readonly template: StoredTemplate | undefined;
    readonly upload: Upload | undefined;
    /** Where a file goes that comes with the request. */
    readonly key: string;
  },
): Promise<CampaignContent | undefined> {
  if (text !== undefined) return { body: text, template: null, media: null };
  if (template !== undefined && found.template !== undefined) {
    const file = await templateFile({ db, bucket }, found.template);
    const mediaId = found.template.media?.mediaId ?? null;
    return { body: found.template.body, template, media: file === undefined ? null : { mediaId, ...file } };
  }
  if (media === undefined) return undefined;
  const { type, caption = "", filename, ...source } = media;
  const file = await givenFile(bucket, { type, media: source, filename }, found);
  const mediaId = "mediaId" in source ? source.mediaId : null;
  return { body: caption, template: null, media: { type, mediaId, ...file } };
}
