import { ECSClient } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { removeHost, renewHost } from "../../../domain/lease/store.ts";
import { openLog } from "../../../domain/log.ts";
import type { Sample } from "../../../domain/metrics/metric.ts";
import { scale } from "../../../functions/host-scaler/scale.ts";
import type { EcsControl } from "../../../local/aws/ecs-control.ts";
import { type EmulatedAws, emulatedAws, shardCountOfTests } from "../../emulated-aws.ts";

/** A service whose tasks start and end at once, behind the emulated ECS API. */
let desiredCount: number;
const described = () => ({
  cluster: "main",
  service: "hosts",
  taskDefinition: "arn:task-definition",
  desiredCount,
  runningCount: desiredCount,
  pendingCount: 0,
});
const ecs: EcsControl = {
  describe: async (_cluster, service) => (service === "hosts" ? described() : undefined),
  update: async (_service, change) => {
    desiredCount = change.desiredCount;
    return described();
  },
  listTasks: async () => [],
  describeTasks: async () => [],
  protect: async () => [],
  protection: async () => [],
};

let aws: EmulatedAws;
const samples: Sample[] = [];
beforeAll(async () => {
  aws = await emulatedAws({ ecs });
});
afterAll(() => aws[Symbol.asyncDispose]());
beforeEach(() => {
  desiredCount = 1;
});

const deps = (service = "hosts") => ({
  db: aws.db,
  ecs: new ECSClient(aws.installed.runner),
  shardCount: shardCountOfTests,
  cluster: "main",
  service,
  rules: { hostsMin: 1, hostsMax: 5, sessionsPerHost: 100, loadMax: 60 },
  measure: (sample: Sample) => void samples.push(sample),
  log: openLog({ name: "test", write: () => undefined }),
});
const tell = (id: string, sessions: number, waiting = 0) =>
  renewHost(
    aws.db,
    { id, sessions, waiting, load: 0, draining: false },
    { nowMs: Date.now(), signal: AbortSignal.timeout(5_000) },
  );

describe("the scaler", () => {
  it("counts what hosts tell of themselves and sets the service's desired count, up at once and down by one", async () => {
    await tell("a", 100, 150);
    expect(await scale(deps())).toBe(4);
    expect(desiredCount).toBe(4);
    expect(samples.at(-1)).toEqual({ metric: "HostsDesired", value: 4 });
    for (const id of ["a", "b", "c", "d"]) await tell(id, 10);
    expect(await scale(deps())).toBe(3);
    await removeHost(aws.db, { id: "d" });
    expect(await scale(deps())).toBe(2);
    expect(desiredCount).toBe(2);
  });

  it("fails, and alarms, where the service is not there", async () => {
    await expect(scale(deps("nothing"))).rejects.toMatchObject({ code: "service_missing" });
  });
});
