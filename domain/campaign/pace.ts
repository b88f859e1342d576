import * as z from "zod";

/** How fast a campaign goes, as it is kept. */
export const Pace = z
  .strictObject({
    messagesPerMinute: z
      .number()
      .min(1)
      .max(10_000)
      .nullable()
      .default(null)
      .meta({ description: "The session's own limit holds beside it; null: that alone." }),
    jitter: z.number().min(0).max(1).default(0.5).meta({ description: "A fraction of the time between two messages." }),
  })
  .meta({ id: "CampaignPace", examples: [{ messagesPerMinute: 10, jitter: 0.5 }] });
export type Pace = z.infer<typeof Pace>;

const clockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time of day as HH:MM")
  .meta({ examples: ["21:00", "08:00"] });

const TimeZone = z
  .string()
  .max(100)
  .refine(isTimeZone, { error: "must be an IANA time zone like America/Sao_Paulo" })
  .meta({ examples: ["America/Sao_Paulo"] });

/** Hours of each day in which a campaign sends nothing; they may span midnight. */
export const QuietHours = z
  .strictObject({ start: clockTime, end: clockTime, timeZone: TimeZone })
  .refine(({ start, end }) => start !== end, { path: ["end"], error: "must be another time than the start" })
  .meta({ id: "QuietHours", examples: [{ start: "21:00", end: "08:00", timeZone: "America/Sao_Paulo" }] });
export type QuietHours = z.infer<typeof QuietHours>;

function isTimeZone(name: string): boolean {
  // Intl takes offsets like +03:00 too; they know no summer time, and are not what is asked for.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
