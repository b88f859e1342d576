const minuteMs = 60_000;
const dayMinutes = 1_440;

/** Times of day (`HH:MM`) in an IANA time zone, `end` another than `start`: one that starts later goes over midnight. */
export interface QuietTimes {
  readonly start: string;
  readonly end: string;
  readonly timeZone: string;
}

/** Whether a moment, in epoch milliseconds, lies in the quiet hours; its own start does, its end does not. */
export function isQuiet(quiet: QuietTimes, atMs: number): boolean {
  const minute = localMinute(quiet.timeZone, atMs);
  const start = minuteOf(quiet.start);
  const end = minuteOf(quiet.end);
  return start < end ? start <= minute && minute < end : start <= minute || minute < end;
}

/** When sending may go on, in epoch milliseconds: `nowMs` itself outside the quiet hours, else their end. */
export function quietUntilMs(quiet: QuietTimes | null, nowMs: number): number {
  if (quiet === null || !isQuiet(quiet, nowMs)) return nowMs;
  return nextTurnMs(quiet, quiet.end, nowMs);
}

/** When the next quiet hours begin, seen from a moment outside of them; never, where there are none. */
export function nextQuietMs(quiet: QuietTimes | null, nowMs: number): number {
  return quiet === null ? Number.POSITIVE_INFINITY : nextTurnMs(quiet, quiet.start, nowMs);
}

/**
 * The first minute after `fromMs` at which quiet turns to loud or back. The clock's distance to `until` is right on
 * all days but those on which the clocks change; then the minutes around it are looked at one by one.
 */
function nextTurnMs(quiet: QuietTimes, until: string, fromMs: number): number {
  const before = isQuiet(quiet, fromMs);
  const turns = (atMs: number) => isQuiet(quiet, atMs) !== before;
  const minuteStartMs = Math.floor(fromMs / minuteMs) * minuteMs;
  const ahead = (minuteOf(until) - localMinute(quiet.timeZone, fromMs) + dayMinutes) % dayMinutes;
  const expectedMs = minuteStartMs + ahead * minuteMs;
  if (sameDayLength(quiet, fromMs, expectedMs) && turns(expectedMs)) return expectedMs;
  // A change of the clocks moves it by a few hours at most; within two days it has turned.
  for (let atMs = minuteStartMs + minuteMs; ; atMs += minuteMs) if (turns(atMs)) return atMs;
}

/** Whether the clocks stay as they are between two moments. */
function sameDayLength({ timeZone }: QuietTimes, fromMs: number, toMs: number): boolean {
  const shown = localMinute(timeZone, toMs) - localMinute(timeZone, fromMs);
  const passed = Math.floor(toMs / minuteMs) - Math.floor(fromMs / minuteMs);
  return (((shown - passed) % dayMinutes) + dayMinutes) % dayMinutes === 0;
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

/** What a clock on the wall shows there, in minutes since midnight. */
function localMinute(timeZone: string, atMs: number): number {
  let clock = clocks.get(timeZone);
  if (clock === undefined) {
    clock = new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    clocks.set(timeZone, clock);
  }
  return minuteOf(clock.format(atMs));
}
