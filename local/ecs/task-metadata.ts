import type { Logger } from "../aws/logger.ts";
import type { HttpAnswer, HttpRequest } from "../gateway/http-message.ts";
import type { Listener } from "../gateway/listener.ts";
import { listen } from "../gateway/listener.ts";
import type { ServiceDefinition } from "./service-definition.ts";

export interface TaskMetadata {
  /** ECS_CONTAINER_METADATA_URI_V4 of a task. */
  uriOf(taskId: string): string;
  close(graceMs: number): Promise<void>;
}

/** The task metadata endpoint, version 4: `GET URI/task` tells a task its own ARN. */
export async function startTaskMetadata(
  place: { readonly region: string; readonly accountId: string },
  definition: Pick<ServiceDefinition, "cluster" | "family">,
  log: Logger,
): Promise<TaskMetadata> {
  const handle = async ({ path }: HttpRequest): Promise<HttpAnswer> => {
    const taskId = /^\/v4\/([0-9a-f]{32})\/task$/.exec(path)?.[1];
    if (taskId === undefined) return json(404, { error: "not found" });
    return json(200, {
      Cluster: definition.cluster,
      TaskARN: `arn:aws:ecs:${place.region}:${place.accountId}:task/${definition.cluster}/${taskId}`,
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
    close: graceMs => listener.close(graceMs),
  };
}

function json(status: number, body: object): HttpAnswer {
  return { status, headers: [["Content-Type", "application/json"]], body: Buffer.from(JSON.stringify(body)) };
}
