import * as z from "zod";
import { idOf } from "../id.ts";
import { MediaKind } from "../media/kind.ts";
import { MessageFile } from "../message/message.ts";

/** A file as a campaign sends it to everybody: where it is by now, and what is known of it. */
const CampaignFile = z.object({
  type: MediaKind,
  /** The upload it is, where it is one. */
  mediaId: idOf("med").nullable(),
  filename: z.string().nullable(),
  /** Null of a file that is still to be fetched. */
  mimetype: z.string().nullable(),
  /** In bytes. */
  size: z.int().nullable(),
  file: MessageFile,
});
export type CampaignFile = z.infer<typeof CampaignFile>;

/**
 * What a campaign says, as it is stored. `body` is the text or the caption with its `{{variables}}`, empty where a file
 * has none. `template` names the one that the body was copied from, when the campaign was made and again when it began:
 * what happens to the template later changes nothing.
 */
export const CampaignContent = z.object({
  body: z.string(),
  template: z.object({ id: idOf("tpl"), variables: z.record(z.string(), z.string()) }).nullable(),
  media: CampaignFile.nullable(),
});
export type CampaignContent = z.infer<typeof CampaignContent>;
