import { expect, it } from "vitest";
import { startTaskMetadata } from "../../../local/ecs/task-metadata.ts";
import { recordingLogger } from "../aws/installed-front.ts";

it("tells a task its ARN, and has it protected through its agent for as long as it asks", async () => {
  const asked: unknown[] = [];
  const until = new Date("2026-11-22T12:00:00.000Z");
  const protect = async (taskId: string, minutes: number | undefined) => {
    asked.push([taskId, minutes]);
    return minutes === undefined ? undefined : until;
  };
  const place = { region: "eu-west-1", accountId: "000000000000" };
  const metadata = await startTaskMetadata(place, { cluster: "main", family: "f" }, protect, recordingLogger([]));
  try {
    const taskId = "0123456789abcdef0123456789abcdef";
    const TaskArn = `arn:aws:ecs:eu-west-1:000000000000:task/main/${taskId}`;
    const told = await fetch(`${metadata.uriOf(taskId)}/task`);
    expect(await told.json()).toMatchObject({ TaskARN: TaskArn });
    const put = (body: object) =>
      fetch(`${metadata.agentUriOf(taskId)}/task-protection/v1/state`, { method: "PUT", body: JSON.stringify(body) });
    const on = await put({ ProtectionEnabled: true, ExpiresInMinutes: 5 });
    expect(await on.json()).toEqual({
      protection: { ProtectionEnabled: true, ExpirationDate: until.toISOString(), TaskArn },
    });
    expect((await put({ ProtectionEnabled: false })).status).toBe(200);
    expect((await put({ ProtectionEnabled: true, ExpiresInMinutes: 0 })).status).toBe(400);
    expect(asked).toEqual([
      [taskId, 5],
      [taskId, undefined],
    ]);
  } finally {
    await metadata.close(0);
  }
});
