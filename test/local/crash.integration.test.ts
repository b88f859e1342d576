import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterEach, beforeEach, expect, it } from "vitest";
import * as z from "zod";
import { fixtureAssembly } from "./fixture/fixture-assembly.ts";
import { eventually } from "./fixture/waiting.ts";

const Started = z.object({
  ports: z.object({ edge: z.number() }),
  operator: z.object({ accessKeyId: z.string(), secretAccessKey: z.string() }),
  aws: z.string(),
  hosts: z.array(z.object({ id: z.string(), pid: z.number() })),
});
const program = join(import.meta.dirname, "fixture", "start.ts");
const Key = { pk: { S: "kept" }, sk: { S: "note" } };
const TableName = "FixtureData-Notes5BB3582F";

let dataDir: string;
const children: ChildProcess[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "crash-"));
});

afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<z.infer<typeof Started> & { child: ChildProcess; dynamodb: DynamoDBClient }> {
  const child = spawn(process.execPath, [program, await fixtureAssembly(), dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  children.push(child);
  if (child.stdout === null) throw new Error("the child has no stdout");
  const [line] = await once(createInterface({ input: child.stdout }), "line");
  const started = Started.parse(JSON.parse(String(line)));
  const dynamodb = new DynamoDBClient({ endpoint: started.aws, region: "us-east-1", credentials: started.operator });
  return { ...started, child, dynamodb };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const gone = (pid: number): Promise<true> =>
  eventually(`process ${pid} is gone`, async () => (isAlive(pid) ? undefined : true), 5_000);

it("ends its tasks when it is killed, and finds its data when it starts again", async () => {
  const first = await start();
  await first.dynamodb.send(new PutItemCommand({ TableName, Item: { ...Key, text: { S: "still here" } } }));
  const [host] = first.hosts;
  first.child.kill("SIGKILL");
  await gone(host?.pid ?? 0);
  const second = await start();
  const { Item } = await second.dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  expect(Item?.text?.S).toBe("still here");
  expect((await fetch(`http://127.0.0.1:${second.ports.edge}/health`)).status).toBe(200);
});

it("lets its tasks drain when it is told to stop", async () => {
  const { child, hosts } = await start();
  child.kill("SIGTERM");
  const [exitCode] = await once(child, "exit");
  expect(exitCode).toBe(0);
  await gone(hosts[0]?.pid ?? 0);
});
