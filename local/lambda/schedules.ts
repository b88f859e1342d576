import { randomUUID } from "node:crypto";
import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { AssemblyError } from "../assembly/assembly-error.ts";
import type { Logger } from "../aws/logger.ts";
import { type NextDue, scheduleExpression } from "./schedule-expression.ts";

const Target = z.object({ Arn: z.string(), Input: z.string().optional() });
const RuleProperties = z.object({
  ScheduleExpression: z.string(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Targets: z.array(Target).default([]),
});
const ScheduleProperties = z.object({
  ScheduleExpression: z.string(),
  ScheduleExpressionTimezone: z.literal("UTC").optional(),
  State: z.enum(["ENABLED", "DISABLED"]).default("ENABLED"),
  Target,
});

interface Schedule {
  readonly arn: string;
  readonly nextDue: NextDue;
  readonly targets: readonly z.infer<typeof Target>[];
}

export interface SchedulesOptions {
  readonly assembly: Assembly;
  /** Hands a target, by its ARN, the event (JSON text). */
  readonly callTarget: (targetArn: string, event: string) => Promise<void>;
  readonly log: Logger;
  readonly now: () => number;
}

// setTimeout takes no more than 2^31 ms; a later due time is looked at again then.
const timerMaxMs = 2 ** 31 - 1;

/** EventBridge rules and schedules of the template, each calling its targets when it is due. */
export class Schedules {
  readonly #options: SchedulesOptions;
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: SchedulesOptions) {
    this.#options = options;
    for (const schedule of schedulesOf(options.assembly)) this.#arm(schedule, schedule.nextDue(options.now()));
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#underWay);
  }

  #arm(schedule: Schedule, dueMs: number): void {
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const waitMs = Math.min(Math.max(0, dueMs - this.#options.now()), timerMaxMs);
    const timer = setTimeout(() => {
      if (this.#options.now() < dueMs) return this.#arm(schedule, dueMs);
      // A machine that slept owes one tick, not all those it missed.
      const late = this.#options.now() - dueMs > 60_000;
      this.#arm(schedule, schedule.nextDue(late ? this.#options.now() : dueMs));
      const firing = this.#fire(schedule, dueMs).finally(() => this.#underWay.delete(firing));
      this.#underWay.add(firing);
    }, waitMs);
    this.#timers.set(schedule.arn, timer);
  }

  async #fire(schedule: Schedule, dueMs: number): Promise<void> {
    for (const target of schedule.targets) {
      try {
        const event = target.Input ?? JSON.stringify(scheduledEvent(this.#options.assembly, schedule.arn, dueMs));
        await this.#options.callTarget(target.Arn, event);
      } catch (error) {
        this.#options.log.error("schedule target failed", { schedule: schedule.arn, target: target.Arn, error });
      }
    }
  }
}

function scheduledEvent(assembly: Assembly, ruleArn: string, dueMs: number): object {
  return {
    version: "0",
    id: randomUUID(),
    "detail-type": "Scheduled Event",
    source: "aws.events",
    account: assembly.place.accountId,
    time: new Date(dueMs).toISOString().replace(/\.\d{3}Z$/, "Z"),
    region: assembly.place.region,
    resources: [ruleArn],
    detail: {},
  };
}

function schedulesOf(assembly: Assembly): readonly Schedule[] {
  const rules = assembly.ofType("AWS::Events::Rule").map(resource => {
    const { ScheduleExpression, State, Targets } = RuleProperties.parse(resource.properties);
    return { resource, expression: ScheduleExpression, state: State, targets: Targets };
  });
  const schedules = assembly.ofType("AWS::Scheduler::Schedule").map(resource => {
    const { ScheduleExpression, State, Target: target } = ScheduleProperties.parse(resource.properties);
    return { resource, expression: ScheduleExpression, state: State, targets: [target] };
  });
  return [...rules, ...schedules]
    .filter(({ state }) => state === "ENABLED")
    .map(({ resource, expression, targets }) => {
      for (const { Arn } of targets) assertReachable(assembly, resource, Arn);
      return { arn: resource.identity.attributes.Arn ?? "", nextDue: scheduleExpression(expression), targets };
    });
}

function assertReachable(assembly: Assembly, resource: AssemblyResource, targetArn: string): void {
  const known = ["AWS::Lambda::Function", "AWS::SQS::Queue"].some(type => assembly.find(type, targetArn) !== undefined);
  if (!known) throw new AssemblyError(`${resource.stack}/${resource.logicalId} calls what is not here: ${targetArn}`);
}
