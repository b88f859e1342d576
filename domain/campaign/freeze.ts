import type { Db } from "../dynamodb/db.ts";
import type { Id } from "../id.ts";
import { uploadKey } from "../media/object-key.ts";
import { findUpload } from "../media/store.ts";
import { findTemplate } from "../template/store.ts";
import type { StoredTemplate } from "../template/template.ts";
import type { CampaignContent, CampaignFile } from "./content.ts";

/**
 * What a campaign that starts now says from then on: its template as it is, or, where that was deleted, as it was when
 * the campaign was made.
 */
export function frozenContent(db: Db<"templates" | "media">, tenantId: Id<"ten">) {
  return async (content: CampaignContent): Promise<CampaignContent> => {
    const { template } = content;
    const kept = template === null ? undefined : await findTemplate(db, { tenantId, id: template.id });
    if (kept === undefined) return content;
    return { ...content, body: kept.body, media: await fileOf(db, kept, content.media) };
  };
}

/** The file of a template; as it was where that is the same, or an upload that is not kept any more. */
async function fileOf(
  db: Db<"media">,
  { tenantId, media }: StoredTemplate,
  held: CampaignFile | null,
): Promise<CampaignFile | null> {
  if (media === null) return null;
  const { type, url, mediaId, filename } = media;
  const isSame = held?.type === type && held.mediaId === mediaId && (url === null || urlOf(held) === url);
  if (isSame) return held;
  if (mediaId === null) {
    return { type, mediaId, filename, mimetype: null, size: null, file: { at: "url", url: url ?? "" } };
  }
  const upload = await findUpload(db, tenantId, mediaId);
  if (upload === undefined) return held;
  const file = { at: "bucket", key: uploadKey(upload) } as const;
  return { type, mediaId, filename: filename ?? upload.filename, mimetype: upload.mimetype, size: upload.size, file };
}

const urlOf = ({ file }: CampaignFile) => (file.at === "url" ? file.url : null);
