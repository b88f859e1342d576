import * as z from "zod";
import { idOf } from "../id.ts";

/**
 * The doorbell: it says only that a session has work. The outbox is the truth, so a lost, late or repeated command
 * does no harm.
 */
export const Command = z.strictObject({
  type: z.literal("session.work"),
  tenantId: idOf("ten"),
  sessionId: idOf("ses"),
});
export type Command = z.infer<typeof Command>;
