import * as z from "zod";

const bytesMax = 4096;

/** A customer's own JSON object, kept and echoed untouched; at most 4 KB as JSON. */
export const Metadata = z
  .record(z.string().min(1).max(100), z.json())
  .refine(value => Buffer.byteLength(JSON.stringify(value)) <= bytesMax, { error: "must be at most 4 KB as JSON" })
  .meta({ description: "Your own JSON object, echoed untouched; at most 4 KB.", examples: [{ orderId: "A-1001" }] });
export type Metadata = z.infer<typeof Metadata>;
