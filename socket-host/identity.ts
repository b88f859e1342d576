import { randomBytes } from "node:crypto";
import * as z from "zod";

const Task = z.object({ TaskARN: z.string().regex(/^arn:[^:]*:ecs:.+\/[^/]+$/) });
const timeoutMs = 3_000;

/**
 * The id this process is known by among the hosts: that of its ECS task (the task metadata endpoint, version 4, gives
 * its ARN), or a random one where there is no ECS. Throws where the endpoint is promised and does not answer.
 */
export async function hostIdentity(metadataUri: string | undefined): Promise<string> {
  if (metadataUri === undefined) return `host-${randomBytes(8).toString("hex")}`;
  const answer = await fetch(`${metadataUri}/task`, { signal: AbortSignal.timeout(timeoutMs) });
  if (!answer.ok) throw new Error(`task metadata answered ${answer.status}`);
  const { TaskARN } = Task.parse(await answer.json());
  return TaskARN.slice(TaskARN.lastIndexOf("/") + 1);
}
