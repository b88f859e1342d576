import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  GetTaskProtectionCommand,
  ListTasksCommand,
  UpdateServiceCommand,
  UpdateTaskProtectionCommand,
} from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EcsControl, EcsService } from "../../../local/aws/ecs-control.ts";
import { accountId, type InstalledFront, installFront, refusal, region } from "./installed-front.ts";

const arn = (rest: string) => `arn:aws:ecs:${region}:${accountId}:${rest}`;
const protectedUntil = new Date("2026-11-22T12:00:00.000Z");
let desiredCount = 1;
const described = (): EcsService => ({
  cluster: "main",
  service: "hosts",
  taskDefinition: "arn:task-definition",
  desiredCount,
  runningCount: 1,
  pendingCount: desiredCount - 1,
});
const control: EcsControl = {
  describe: async (cluster, service) => (cluster === "main" && service === "hosts" ? described() : undefined),
  update: async (_service, change) => {
    desiredCount = change.desiredCount;
    return described();
  },
  listTasks: async () => ["t1", "t2"],
  describeTasks: async ids =>
    ids
      .filter(id => id === "t1")
      .map(id => ({
        id,
        cluster: "main",
        service: "hosts",
        taskDefinition: "arn:task-definition",
        status: "RUNNING",
        startedAt: protectedUntil,
      })),
  protect: async (ids, enabled, minutes) =>
    ids.map(taskId => ({ taskId, enabled, expiresAt: minutes === undefined ? undefined : protectedUntil })),
  protection: async ids => ids.map(taskId => ({ taskId, enabled: false, expiresAt: undefined })),
};

let installed: InstalledFront;
let ecs: ECSClient;
beforeAll(async () => {
  installed = await installFront({ ecs: control });
  ecs = new ECSClient(installed.runner);
});
afterAll(() => installed.remove());

describe("ECS", () => {
  it("changes the desired count of a service by name or ARN, and describes it", async () => {
    const { service } = await ecs.send(
      new UpdateServiceCommand({ cluster: "main", service: arn("service/main/hosts"), desiredCount: 3 }),
    );
    expect(service).toMatchObject({ serviceName: "hosts", desiredCount: 3, runningCount: 1, pendingCount: 2 });
    const { services, failures } = await ecs.send(
      new DescribeServicesCommand({ cluster: arn("cluster/main"), services: ["hosts", "absent"] }),
    );
    expect(services).toMatchObject([{ serviceArn: arn("service/main/hosts"), desiredCount: 3 }]);
    expect(failures).toMatchObject([{ arn: arn("service/main/absent"), reason: "MISSING" }]);
    const absent = ecs.send(new UpdateServiceCommand({ cluster: "main", service: "absent", desiredCount: 1 }));
    expect((await refusal(absent))?.name).toBe("ServiceNotFoundException");
  });

  it("lists and describes tasks", async () => {
    const { taskArns } = await ecs.send(new ListTasksCommand({ cluster: "main", serviceName: "hosts" }));
    expect(taskArns).toEqual([arn("task/main/t1"), arn("task/main/t2")]);
    const { tasks, failures } = await ecs.send(new DescribeTasksCommand({ cluster: "main", tasks: taskArns }));
    expect(tasks).toMatchObject([{ taskArn: arn("task/main/t1"), lastStatus: "RUNNING", startedAt: protectedUntil }]);
    expect(failures).toMatchObject([{ arn: arn("task/main/t2"), reason: "MISSING" }]);
  });

  it("protects the tasks that a role may protect", async () => {
    const role = new ECSClient(
      installed.role("protector", {
        Effect: "Allow",
        Action: ["ecs:UpdateTaskProtection", "ecs:GetTaskProtection"],
        Resource: arn("task/main/*"),
        Condition: { ArnEquals: { "ecs:cluster": arn("cluster/main") } },
      }),
    );
    const protect = (cluster: string) =>
      role.send(
        new UpdateTaskProtectionCommand({ cluster, tasks: ["t1"], protectionEnabled: true, expiresInMinutes: 5 }),
      );
    expect((await protect("main")).protectedTasks).toEqual([
      { taskArn: arn("task/main/t1"), protectionEnabled: true, expirationDate: protectedUntil },
    ]);
    const { protectedTasks } = await role.send(new GetTaskProtectionCommand({ cluster: "main", tasks: ["t1"] }));
    expect(protectedTasks).toMatchObject([{ protectionEnabled: false }]);
    expect(await refusal(protect("other"))).toEqual({ name: "AccessDeniedException", status: 400 });
    const update = role.send(new UpdateServiceCommand({ cluster: "main", service: "hosts", desiredCount: 9 }));
    expect((await refusal(update))?.name).toBe("AccessDeniedException");
  });
});
