import type { StoredAudience } from "../../../domain/campaign/audience.ts";
import type { CampaignRef } from "../../../domain/campaign/campaign.ts";
import { readAudienceHeader } from "../../../domain/campaign/candidates.ts";
import { storeList } from "../../../domain/campaign/listed.ts";
import { CsvUnreadable } from "../../../domain/contact/csv.ts";
import { ValidationFailed } from "../../../domain/error.ts";
import type { Upload } from "../../../domain/media/upload.ts";
import { requireUploaded } from "../../../domain/media/uploaded.ts";
import type { CreateCampaign } from "./campaign-body.ts";
import type { CampaignsContext } from "./context.ts";

/**
 * The audience that a request gives, its list stored under a name of its own: a campaign that is not stored after that
 * leaves some rows that nobody names. Throws where an uploaded file is not there, or is no CSV of recipients.
 */
export async function givenAudience(
  { db, bucket }: Pick<CampaignsContext, "db" | "bucket">,
  ref: CampaignRef,
  audience: CreateCampaign["audience"],
  found: { readonly file: Upload | undefined; readonly list: string },
): Promise<StoredAudience> {
  if ("tags" in audience) return { kind: "tags", tags: audience.tags };
  if ("mediaId" in audience) return fileAudience(bucket, found.file);
  const [kind, entries] =
    "contactIds" in audience
      ? (["contacts", audience.contactIds] as const)
      : (["recipients", audience.recipients] as const);
  const { list } = found;
  return { kind, count: entries.length, list, parts: await storeList(db, ref, list, entries) };
}

async function fileAudience(bucket: CampaignsContext["bucket"], file: Upload | undefined): Promise<StoredAudience> {
  if (file === undefined) throw new Error("an upload was not resolved before it was used");
  await requireUploaded(bucket, file);
  const audience = { kind: "file", mediaId: file.id, size: file.size } as const;
  try {
    await readAudienceHeader(bucket, file.tenantId, audience);
  } catch (error) {
    if (!(error instanceof CsvUnreadable)) throw error;
    throw new ValidationFailed([{ path: "body.audience.mediaId", message: error.message }], { cause: error });
  }
  return audience;
}
