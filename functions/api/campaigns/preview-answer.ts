import * as z from "zod";
import { SkipReason } from "../../../domain/campaign/recipient.ts";
import { idOf } from "../../../domain/id.ts";

/** What would come of a campaign if it started now. */
export const CampaignPreview = z
  .object({
    total: z.int().min(0).meta({ description: "All the audience names, the skipped among them." }),
    skipped: z.array(z.object({ reason: SkipReason, count: z.int().min(1) })),
    estimatedDurationSeconds: z.number().min(0).nullable().meta({
      description:
        "By the pace, the quiet hours and the first contacts a day, if nothing else is sent; null where the session's limits would never let it end.",
    }),
    samples: z
      .array(z.object({ to: z.string(), contactId: idOf("con").nullable(), text: z.string().nullable() }))
      .meta({ description: "The first three messages as they would be sent; text is the caption of a file." }),
    complete: z.boolean().meta({
      description:
        "False where the audience could not be read to its end in ten seconds, or names more than 100,000, which would pause the campaign when it starts: then all this is of what was read.",
    }),
  })
  .meta({
    id: "CampaignPreview",
    examples: [
      {
        total: 120,
        skipped: [{ reason: "opted_out", count: 2 }],
        estimatedDurationSeconds: 354,
        samples: [
          { to: "+5511999999999", contactId: null, text: "Hello Ana, our sale begins today." },
          { to: "+5511988888888", contactId: null, text: "Hello Rui, our sale begins today." },
          { to: "+5511977777777", contactId: null, text: "Hello Eva, our sale begins today." },
        ],
        complete: true,
      },
    ],
  });
export type CampaignPreview = z.infer<typeof CampaignPreview>;
