import { describe, expect, it } from "vitest";
import { scheduleExpression } from "../../../local/lambda/schedule-expression.ts";

const next = (expression: string, after: string): string =>
  new Date(scheduleExpression(expression)(Date.parse(after))).toISOString();

describe("scheduleExpression", () => {
  it.each([
    ["rate(1 minute)", "2026-11-22T10:00:30.000Z", "2026-11-22T10:01:30.000Z"],
    ["rate(5 minutes)", "2026-11-22T10:00:00.000Z", "2026-11-22T10:05:00.000Z"],
    ["rate(1 day)", "2026-11-22T10:00:00.000Z", "2026-11-23T10:00:00.000Z"],
    ["cron(0 12 * * ? *)", "2026-11-22T12:00:00.000Z", "2026-11-23T12:00:00.000Z"],
    ["cron(0/15 * * * ? *)", "2026-11-22T10:01:00.000Z", "2026-11-22T10:15:00.000Z"],
    ["cron(30 8 ? * MON-FRI *)", "2026-11-21T10:00:00.000Z", "2026-11-23T08:30:00.000Z"],
    ["cron(0 0 1 JAN,JUL ? *)", "2026-11-22T10:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    ["cron(5,10 3 ? * 1 *)", "2026-11-22T03:05:00.000Z", "2026-11-22T03:10:00.000Z"],
  ])("%s after %s is due at %s", (expression, after, due) => {
    expect(next(expression, after)).toBe(due);
  });

  it("is never due where no such day exists", () => {
    expect(scheduleExpression("cron(0 0 30 2 ? *)")(0)).toBe(Number.POSITIVE_INFINITY);
  });

  it.each(["rate(1 week)", "cron(* * * *)", "cron(0 0 L * ? *)", "every minute"])(
    "does not understand %s",
    expression => {
      expect(() => scheduleExpression(expression)).toThrow("is not understood");
    },
  );
});
