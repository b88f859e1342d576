import * as z from "zod";
import { idOf } from "../id.ts";
import { TemplateVariables } from "../template/message-text.ts";

/** Inline recipients, or contact ids, of one campaign. */
export const listedMax = 5_000;
/** Recipients of one campaign, however they are named. */
export const recipientsMax = 100_000;

/** A recipient as a customer lists it. */
export const ListedRecipient = z.strictObject({
  to: z.string().min(1).max(64),
  variables: TemplateVariables.optional(),
});
export type ListedRecipient = z.infer<typeof ListedRecipient>;

/** A list too long for one item: it stands in `parts`, under a name of its own, so that another one never mixes with it. */
const Listed = { count: z.int().min(1).max(listedMax), parts: z.int().min(1), list: z.string() };

/** Whom a campaign is for, as it is stored. */
export const StoredAudience = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("contacts"), ...Listed }),
  z.object({ kind: z.literal("recipients"), ...Listed }),
  z.object({ kind: z.literal("tags"), tags: z.array(z.string()) }),
  /** `size` in bytes. */
  z.object({ kind: z.literal("file"), mediaId: idOf("med"), size: z.int().min(1) }),
]);
export type StoredAudience = z.infer<typeof StoredAudience>;

/** How far an audience was read: what comes next stands there. Lists need none, their recipients stand by position. */
export const AudiencePlace = z.discriminatedUnion("in", [
  z.object({
    in: z.literal("file"),
    offset: z.int().min(0),
    delimiter: z.string(),
    columns: z.array(z.string()),
  }),
  z.object({ in: z.literal("contacts"), range: z.int(), sk: z.string(), sortKey: z.string() }),
]);
export type AudiencePlace = z.infer<typeof AudiencePlace>;

/** Whom a campaign is for, as customers see it: of a list, how long it is. */
export const ShownAudience = z
  .union([
    z.object({ contactIds: z.object({ count: z.int().min(1) }) }),
    z.object({ recipients: z.object({ count: z.int().min(1) }) }),
    z.object({ tags: z.array(z.string()) }),
    z.object({ mediaId: idOf("med") }),
  ])
  .meta({
    id: "CampaignAudience",
    description: "As it was given; of a list, its length.",
    examples: [{ tags: ["vip"] }],
  });
export type ShownAudience = z.infer<typeof ShownAudience>;

export function shownAudience(audience: StoredAudience): ShownAudience {
  switch (audience.kind) {
    case "contacts":
      return { contactIds: { count: audience.count } };
    case "recipients":
      return { recipients: { count: audience.count } };
    case "tags":
      return { tags: audience.tags };
    case "file":
      return { mediaId: audience.mediaId };
    default:
      return audience satisfies never;
  }
}
