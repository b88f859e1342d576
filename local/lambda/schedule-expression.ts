import { AssemblyError } from "../assembly/assembly-error.ts";

/** When a schedule is due next, strictly after the given time. */
export type NextDue = (afterMs: number) => number;

const unitMs: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };
const monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"] as const;
const weekdayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"] as const;
// A cron expression that never comes true (30 February) must not search for ever.
const horizonMinutes = 5 * 366 * 24 * 60;

/**
 * Reads `rate(5 minutes)` and `cron(Minutes Hours Day-of-month Month Day-of-week Year)` as EventBridge does, in UTC.
 * @throws AssemblyError for what it does not understand (L, W and # of cron among it)
 */
export function scheduleExpression(expression: string): NextDue {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate !== null) {
    const periodMs = Number(rate[1]) * (unitMs[rate[2] ?? ""] ?? Number.NaN);
    return afterMs => afterMs + periodMs;
  }
  const cron = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression);
  if (cron === null) throw new AssemblyError(`the schedule ${expression} is not understood`);
  const [, minutes = "", hours = "", days = "", months = "", weekdays = "", years = ""] = cron;
  const fits = {
    minute: field(minutes, 0, 59),
    hour: field(hours, 0, 23),
    day: field(days, 1, 31),
    month: field(months, 1, 12, monthNames, 1),
    weekday: field(weekdays, 1, 7, weekdayNames, 1),
    year: field(years, 1970, 2199),
  };
  return afterMs => {
    const start = Math.floor(afterMs / 60_000) + 1;
    for (let minute = start; minute < start + horizonMinutes; minute += 1) {
      const time = new Date(minute * 60_000);
      const due =
        fits.minute.has(time.getUTCMinutes()) &&
        fits.hour.has(time.getUTCHours()) &&
        fits.day.has(time.getUTCDate()) &&
        fits.month.has(time.getUTCMonth() + 1) &&
        fits.weekday.has(time.getUTCDay() + 1) &&
        fits.year.has(time.getUTCFullYear());
      if (due) return time.getTime();
    }
    return Number.POSITIVE_INFINITY;
  };
}

/** The numbers that one field of a cron expression names: lists, ranges, steps, names, `*` and `?`. */
function field(
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
  firstName = 0,
): ReadonlySet<number> {
  const numberOf = (word: string): number => {
    const named = names.indexOf(word.toUpperCase());
    const value = named >= 0 ? named + firstName : Number(word);
    if (word === "" || !Number.isInteger(value) || value < min || value > max) {
      throw new AssemblyError(`${word} in a cron expression is not understood`);
    }
    return value;
  };
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const [range = "", step] = part.split("/");
    const [low, high] = range === "*" || range === "?" ? [min, max] : boundsOf(range, step, max, numberOf);
    for (let value = low; value <= high; value += step === undefined ? 1 : Number(step)) numbers.add(value);
  }
  return numbers;
}

function boundsOf(
  range: string,
  step: string | undefined,
  max: number,
  numberOf: (word: string) => number,
): readonly [number, number] {
  const [first = "", last] = range.split("-");
  const low = numberOf(first);
  // `10/15` starts at 10 and goes on to the end of the field.
  const high = step === undefined ? low : max;
  return [low, last === undefined ? high : numberOf(last)];
}
