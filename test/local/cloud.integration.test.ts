import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Sha256 } from "@aws-crypto/sha256-js";
import { DynamoDBClient, GetItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { DescribeServicesCommand, ECSClient, UpdateServiceCommand } from "@aws-sdk/client-ecs";
import { GetQueueUrlCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "../../local/installation/cloud.ts";
import { jsonLogger } from "../../local/installation/json-logger.ts";
import { fixtureAssembly } from "./fixture/fixture-assembly.ts";
import { eventually } from "./fixture/waiting.ts";

const proKey = "pro-key-of-the-fixture-1";
const freeKey = "free-key-of-the-fixture-1";
const TableName = "FixtureData-Notes5BB3582F";
const warnings: string[] = [];
let dataDir: string;
let cloud: Cloud;
let url: string;
let clients: { dynamodb: DynamoDBClient; sqs: SQSClient; ecs: ECSClient };

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "cloud-"));
  cloud = await startCloud({
    assemblyDir: await fixtureAssembly(),
    dataDir,
    ports: { edge: 0, api: 0, aws: 0 },
    environmentsMax: 12,
    functionAdditions: { ONLY_HERE: "true" },
    taskAdditions: { EXTRA: "from the runner" },
    onHosts: () => {},
    ending: new AbortController().signal,
    log: jsonLogger(line => warnings.push(line), "warn", Date.now),
    now: Date.now,
  });
  url = `http://127.0.0.1:${cloud.ports.edge}`;
  for (const [plan, value] of [
    ["pro", proKey],
    ["free", freeKey],
  ] as const) {
    const key = cloud.front.gatewayKeys.createKey({
      name: plan,
      description: "",
      enabled: true,
      value,
      customerId: undefined,
    });
    const id = cloud.front.gatewayKeys.plans().find(one => one.name === plan)?.id ?? "";
    cloud.front.gatewayKeys.addToPlan(id, key.id);
  }
  const options = { endpoint: cloud.front.url, region: "us-east-1", credentials: cloud.operator };
  clients = { dynamodb: new DynamoDBClient(options), sqs: new SQSClient(options), ecs: new ECSClient(options) };
}, 60_000);

afterAll(async () => {
  await cloud?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const ask = (path: string, { key = proKey, ...options }: RequestInit & { key?: string } = {}): Promise<Response> =>
  fetch(`${url}${path}`, { ...options, headers: { authorization: `Bearer ${key}`, ...options.headers } });

async function item(pk: string, sk: string): Promise<Record<string, string | undefined> | undefined> {
  const Key = { pk: { S: pk }, sk: { S: sk } };
  const { Item } = await clients.dynamodb.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }));
  return Item && Object.fromEntries(Object.entries(Item).map(([name, value]) => [name, value.S ?? value.N]));
}

async function makeNote(note: { text: string; kind?: string }): Promise<string> {
  const response = await ask("/api/notes", { method: "POST", body: JSON.stringify(note) });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };
  return id;
}

describe("the fixture's template", () => {
  it("starts without a warning of anything ignored or refused on AWS", () => {
    const reports = ["has no effect here", "permission is missing on aws", "edge differs from aws"];
    expect(warnings.filter(line => reports.some(report => line.includes(report)))).toEqual([]);
  });
});

describe("the edge", () => {
  it("serves the console's files with their types, and its root", async () => {
    const page = await fetch(`${url}/`);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html"]);
    expect(await page.text()).toContain("<title>console</title>");
    expect((await fetch(`${url}/style.css`)).headers.get("content-type")).toBe("text/css");
  });

  it("does not tell a missing file from a forbidden one", async () => {
    expect((await fetch(`${url}/missing.js`)).status).toBe(403);
  });

  it("refuses methods that its behaviour does not allow", async () => {
    expect((await fetch(`${url}/index.html`, { method: "POST" })).status).toBe(403);
  });

  it("does not lead to the admin routes", async () => {
    expect((await fetch(`${url}/admin/tenants`)).status).toBe(403);
  });
});

describe("the API", () => {
  it("hands a function the event of a Lambda proxy integration", async () => {
    const response = await ask("/api/echo/a%20b/c?x=1&x=2&y=%C3%A9", {
      method: "PUT",
      headers: { "x-twice": "1, 2" },
      body: "héllo",
    });
    const event = (await response.json()) as Record<string, Record<string, unknown>>;
    expect(event).toMatchObject({
      resource: "/api/echo/{proxy+}",
      path: "/api/echo/a%20b/c",
      httpMethod: "PUT",
      pathParameters: { proxy: "a%20b/c" },
      queryStringParameters: { x: "2", y: "é" },
      multiValueQueryStringParameters: { x: ["1", "2"], y: ["é"] },
      stageVariables: null,
      body: "héllo",
      isBase64Encoded: false,
      requestContext: {
        stage: "live",
        path: "/live/api/echo/a%20b/c",
        resourcePath: "/api/echo/{proxy+}",
        httpMethod: "PUT",
        accountId: "000000000000",
        identity: { sourceIp: "127.0.0.1", apiKey: proKey },
        authorizer: { principalId: "someone", tenantId: "ten_1", rateLimit: "100", pro: "true" },
      },
    });
    expect(response.headers.get("x-amzn-requestid")).toBe(event.requestContext?.requestId);
  });

  it("gives a body of a binary media type in base64, and decodes such an answer", async () => {
    const bytes = Buffer.from([0, 255, 128]);
    const echoed = await ask("/api/echo", { method: "POST", body: bytes, headers: { "content-type": "image/png" } });
    expect(await echoed.json()).toMatchObject({ body: bytes.toString("base64"), isBase64Encoded: true });
    const png = await ask("/api/echo/png", { headers: { accept: "image/png" } });
    expect(Buffer.from(await png.arrayBuffer())).toEqual(Buffer.from([137, 80, 78, 71]));
  });

  it("keeps several cookies apart", async () => {
    expect((await ask("/api/echo/cookies")).headers.getSetCookie()).toEqual(["a=1", "b=2"]);
  });

  it("answers the preflight from its mock", async () => {
    const response = await fetch(`${url}/api/notes`, { method: "OPTIONS" });
    expect([response.status, response.headers.get("access-control-allow-origin")]).toEqual([204, "*"]);
  });

  it("is a 401 by the template's gateway response without a key, and the authorizer is not asked", async () => {
    const response = await fetch(`${url}/api/echo`);
    expect(response.status).toBe(401);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("x-ratelimit-limit")).toBe("0");
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).toEqual({
      code: "UNAUTHORIZED",
      detail: "Unauthorized",
      requestId: response.headers.get("x-request-id"),
    });
  });

  it.each([
    ["unknown", 401, "UNAUTHORIZED"],
    ["denied", 403, "ACCESS_DENIED"],
    ["broken", 500, "AUTHORIZER_CONFIGURATION_ERROR"],
    ["Bearer no-such-key", 403, "INVALID_API_KEY"],
  ])("answers the authorization %s with %i", async (authorization, status, code) => {
    const response = await fetch(`${url}/api/echo`, { headers: { authorization } });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it("asks the authorizer once for a key, however often it comes", async () => {
    const calls = async (): Promise<string> => {
      const event = (await (await ask("/api/echo")).json()) as { requestContext: { authorizer: { calls: string } } };
      return event.requestContext.authorizer.calls;
    };
    expect(await calls()).toBe(await calls());
  });

  it("throttles a key at its plan's burst", async () => {
    const statuses = await Promise.all(
      Array.from({ length: 12 }, async () => (await ask("/api/echo", { key: freeKey })).status),
    );
    expect(statuses).toContain(429);
    expect(statuses.filter(status => status === 200).length).toBeGreaterThanOrEqual(5);
    const refused = await ask("/api/echo", { key: freeKey });
    expect(refused.status === 429 ? await refused.json() : { code: "THROTTLED" }).toMatchObject({ code: "THROTTLED" });
  });

  it.each(["malformed", "throw", "exit"])("is a 502 that says nothing of the inside when a function %ss", async how => {
    const response = await ask(`/api/echo/${how}`);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ detail: "Internal server error" });
    expect((await ask("/api/echo")).status).toBe(200);
  });

  it("ends a function at its timeout, and the next invocation finds a new one", async () => {
    expect((await ask("/api/echo/slow")).status).toBe(502);
    expect((await ask("/api/echo")).status).toBe(200);
  });

  it("refuses a body above the gateway's ten megabytes", async () => {
    const response = await ask("/api/echo", { method: "POST", body: Buffer.alloc(10 * 1024 * 1024 + 1) });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "REQUEST_TOO_LARGE" });
  });

  it("gives a function nothing of our own environment", async () => {
    const names = (await (await ask("/api/echo/env")).json()) as string[];
    expect(names).toContain("TABLE");
    expect(names).toContain("ONLY_HERE");
    expect(names).toContain("AWS_LAMBDA_FUNCTION_NAME");
    for (const name of ["PATH", "HOME", "NODE_ENV", "VITEST"]) expect(names).not.toContain(name);
  });

  it("lets a function seal and open with the template's key", async () => {
    expect(await (await ask("/api/echo/seal")).json()).toEqual({ same: true });
  });
});

describe("IAM-signed methods", () => {
  async function signed(
    path: string,
    { body = "", accessKeyId = cloud.operator.accessKeyId, secretAccessKey = cloud.operator.secretAccessKey } = {},
  ): Promise<Response> {
    const target = new URL(`${cloud.adminUrl}${path}`);
    const signer = new SignatureV4({
      service: "execute-api",
      region: "us-east-1",
      credentials: { accessKeyId, secretAccessKey },
      sha256: Sha256,
    });
    const request = await signer.sign({
      method: "POST",
      protocol: target.protocol,
      hostname: target.hostname,
      path: target.pathname,
      headers: { host: target.host, "content-type": "application/json" },
      body,
    });
    return fetch(target, { method: "POST", headers: request.headers, body });
  }

  it("let the operator in and tell the function who asks", async () => {
    const response = await signed("/admin/tenants", { body: '{"name":"é"}' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      path: "/admin/tenants",
      caller: "arn:aws:sts::000000000000:assumed-role/local-operator/local",
    });
  });

  it("refuse an unsigned request, a wrong secret and an unknown access key", async () => {
    expect((await fetch(`${cloud.adminUrl}/admin/tenants`, { method: "POST" })).status).toBe(403);
    expect((await signed("/admin/tenants", { secretAccessKey: "x".repeat(40) })).status).toBe(403);
    expect((await signed("/admin/tenants", { accessKeyId: "LKIANOBODY0000000000" })).status).toBe(403);
  });

  it("end in a function that may do only what its role grants", async () => {
    expect(await (await signed("/admin/forbidden")).json()).toEqual({ refused: "AccessDeniedException" });
    expect(cloud.front.denied.map(({ action }) => action)).toContain("dynamodb:GetItem");
  });
});

describe("what the API sets off", () => {
  it("runs a job once through its queue", async () => {
    const id = await makeNote({ text: "good" });
    const done = await eventually("the job is done", () => item(id, "done"));
    expect(done.by).toBe("Worker");
    expect(await item(id, "tries")).toMatchObject({ tries: "1" });
  });

  it("tries a poison job alone again, then leaves it in the dead-letter queue", async () => {
    const ids = await Promise.all(["poison", "good", "good"].map(text => makeNote({ text })));
    const [poison = "", ...good] = ids;
    for (const id of good) await eventually("a good job is done", () => item(id, "done"));
    const { QueueUrl } = await clients.sqs.send(
      new GetQueueUrlCommand({ QueueName: "FixtureService-DeadLettersBBF8BAAB" }),
    );
    const dead = await eventually("the poison job is in the dead-letter queue", async () => {
      const { Messages } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
      return Messages?.[0];
    });
    expect(JSON.parse(dead.Body ?? "{}")).toMatchObject({ id: poison });
    expect(await item(poison, "tries")).toMatchObject({ tries: "2" });
    for (const id of good) expect(await item(id, "tries")).toMatchObject({ tries: "1" });
  });

  it("publishes to queues, raw and wrapped, and to a function, each by its filter", async () => {
    const plain = await makeNote({ text: "plain" });
    const wrapped = await makeNote({ text: "wrapped", kind: "wrapped" });
    const heard = await eventually("the function has heard", () => item(wrapped, "heard"));
    expect(heard).toMatchObject({ source: "aws:sns", kind: "wrapped" });
    expect(await item(plain, "heard")).toBeUndefined();
    const bodies = await receiveAll("FixtureService-Raw72517081");
    expect(bodies).toContainEqual(expect.objectContaining({ id: plain }));
    expect(bodies).toContainEqual(expect.objectContaining({ id: wrapped }));
    const envelopes = await receiveAll("FixtureService-Wrapped28E26BD5");
    expect(envelopes.map(({ Type }) => Type)).toEqual(envelopes.map(() => "Notification"));
    expect(envelopes.map(({ Message }) => JSON.parse(String(Message)).id)).toEqual([wrapped]);
  });
});

async function receiveAll(QueueName: string): Promise<Record<string, unknown>[]> {
  const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName }));
  const bodies: Record<string, unknown>[] = [];
  for (;;) {
    const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 });
    const { Messages = [] } = await clients.sqs.send(command);
    if (Messages.length === 0) return bodies;
    bodies.push(...Messages.map(({ Body }) => JSON.parse(Body ?? "{}") as Record<string, unknown>));
  }
}

describe("the service's tasks", () => {
  const service = {
    cluster: "FixtureService-ClusterEB0386A7",
    service: "FixtureService-HostsService34CAF81C",
  };

  async function hostRows(): Promise<Record<string, string | undefined>[]> {
    const { Items = [] } = await clients.dynamodb.send(new ScanCommand({ TableName, ConsistentRead: true }));
    return Items.filter(({ pk }) => pk?.S === "host").map(({ sk, word, version, extra }) => ({
      arn: sk?.S,
      word: word?.S,
      version: version?.S,
      extra: extra?.S,
    }));
  }

  it("know their own ARN, their secrets and what the runner adds", async () => {
    const rows = await eventually("the host says it is up", async () => {
      const found = await hostRows();
      return found.length > 0 ? found : undefined;
    });
    expect(rows[0]).toEqual({
      arn: `arn:aws:ecs:us-east-1:000000000000:task/${service.cluster}/${cloud.hosts[0]?.id}`,
      word: "up",
      version: "1",
      extra: "from the runner",
    });
  });

  it("are replaced when they are killed", async () => {
    const [before] = cloud.hosts;
    process.kill(before?.pid ?? 0, "SIGKILL");
    const after = await eventually("another host runs", async () => {
      const [host] = cloud.hosts;
      return host !== undefined && host.pid !== before?.pid ? host : undefined;
    });
    expect(after.id).not.toBe(before?.id);
  });

  it("follow the desired count that the ECS API sets, and drain when there are too many", async () => {
    await clients.ecs.send(new UpdateServiceCommand({ ...service, desiredCount: 3 }));
    await eventually("three hosts run", async () => (cloud.hosts.length === 3 ? true : undefined));
    const { services } = await clients.ecs.send(
      new DescribeServicesCommand({ cluster: service.cluster, services: [service.service] }),
    );
    expect(services?.[0]).toMatchObject({ desiredCount: 3, runningCount: 3 });
    await eventually("all three are up", async () => {
      const rows = await hostRows();
      const isUp = ({ id }: { id: string }): boolean =>
        rows.some(({ arn, word }) => arn?.endsWith(`/${id}`) === true && word === "up");
      return cloud.hosts.every(isUp) ? true : undefined;
    });
    await clients.ecs.send(new UpdateServiceCommand({ ...service, desiredCount: 1 }));
    await eventually("two have drained", async () =>
      (await hostRows()).filter(({ word }) => word === "drained").length === 2 ? true : undefined,
    );
    expect(cloud.hosts).toHaveLength(1);
  });
});
