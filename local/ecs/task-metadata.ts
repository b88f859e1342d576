import * as z from "zod";
import type { Logger } from "../aws/logger.ts";
import type { HttpAnswer, HttpRequest } from "../gateway/http-message.ts";
import type { Listener } from "../gateway/listener.ts";
import { listen } from "../gateway/listener.ts";
import type { ServiceDefinition } from "./service-definition.ts";

export interface TaskMetadata {
  /** ECS_CONTAINER_METADATA_URI_V4 of a task. */
  uriOf(taskId: string): string;
  /** ECS_AGENT_URI of a task. */
  agentUriOf(taskId: string): string;
  close(graceMs: number): Promise<void>;
}

/** Sets the protection of a task with the rights of the task, as the agent does, and answers until when it lasts. */
export type Protect = (taskId: string, minutes: number | undefined) => Promise<Date | undefined>;

const Protection = z.object({
  ProtectionEnabled: z.boolean(),
  // ECS's own: two hours where the task names no time.
  ExpiresInMinutes: z.int().min(1).max(2_880).default(120),
});

/**
 * What ECS tells its tasks at two addresses: the task metadata endpoint, version 4 (`GET URI/task`: its own ARN), and
 * the agent, of which only `PUT URI/task-protection/v1/state` is here.
 */
export async function startTaskMetadata(
  place: { readonly region: string; readonly accountId: string },
  definition: Pick<ServiceDefinition, "cluster" | "family">,
  protect: Protect,
  log: Logger,
): Promise<TaskMetadata> {
  const arnOf = (taskId: string) =>
    `arn:aws:ecs:${place.region}:${place.accountId}:task/${definition.cluster}/${taskId}`;
  const protection = async (taskId: string, { method, body }: HttpRequest): Promise<HttpAnswer> => {
    if (method !== "PUT") return json(405, { error: "only PUT is here" });
    const wanted = Protection.safeParse(JSON.parse(body.toString()));
    if (!wanted.success) return json(400, { error: z.prettifyError(wanted.error) });
    const { ProtectionEnabled, ExpiresInMinutes } = wanted.data;
    const until = await protect(taskId, ProtectionEnabled ? ExpiresInMinutes : undefined);
    return json(200, { protection: { ProtectionEnabled, ExpirationDate: until, TaskArn: arnOf(taskId) } });
  };
  const handle = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { path } = request;
    const asking = /^\/api\/([0-9a-f]{32})\/task-protection\/v1\/state$/.exec(path)?.[1];
    if (asking !== undefined) return protection(asking, request);
    const taskId = /^\/v4\/([0-9a-f]{32})\/task$/.exec(path)?.[1];
    if (taskId === undefined) return json(404, { error: "not found" });
    return json(200, {
      Cluster: definition.cluster,
      TaskARN: arnOf(taskId),
      Family: definition.family,
      Revision: "1",
      DesiredStatus: "RUNNING",
      KnownStatus: "RUNNING",
      AvailabilityZone: `${place.region}a`,
      LaunchType: "FARGATE",
    });
  };
  const listener: Listener = await listen({ port: 0, handle, log });
  return {
    uriOf: taskId => `http://127.0.0.1:${listener.port}/v4/${taskId}`,
    agentUriOf: taskId => `http://127.0.0.1:${listener.port}/api/${taskId}`,
    close: graceMs => listener.close(graceMs),
  };
}

function json(status: number, body: object): HttpAnswer {
  return { status, headers: [["Content-Type", "application/json"]], body: Buffer.from(JSON.stringify(body)) };
}
