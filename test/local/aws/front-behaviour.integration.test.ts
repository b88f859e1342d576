import { Sha256 } from "@aws-crypto/sha256-js";
import {
  CreateTableCommand,
  DynamoDBClient,
  GetItemCommand,
  ListTablesCommand,
  PutItemCommand,
  QueryCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { GetParameterCommand, PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { SignatureV4 } from "@smithy/signature-v4";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startAwsFront } from "../../../local/aws/aws-front.ts";
import type { Fault } from "../../../local/aws/intercept.ts";
import {
  accountId,
  type ClientConfiguration,
  type InstalledFront,
  installFront,
  recordingLogger,
  refusal,
  region,
} from "./installed-front.ts";

let installed: InstalledFront;
let fault: Fault | undefined;
const seen: string[] = [];
const done: string[] = [];
beforeAll(async () => {
  installed = await installFront({
    intercept: ({ service, action, roleName }) => {
      seen.push(`${roleName ?? "runner"} ${service}:${action}`);
      return fault;
    },
    observe: ({ service, action }, body) => done.push(`${service}:${action} ${body}`),
  });
});
afterAll(() => installed.remove());

async function signedPost(
  service: string,
  body: string,
  headers: Record<string, string>,
  as: ClientConfiguration,
): Promise<Response> {
  const url = new URL(installed.front.url);
  const signer = new SignatureV4({ credentials: as.credentials, region, service, sha256: Sha256 });
  const request = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname: url.hostname,
    path: "/",
    query: {},
    headers: { host: url.host, ...headers },
    body,
  });
  return fetch(url, { method: "POST", headers: request.headers, body });
}

describe("the front", () => {
  it("tells every caller who it is", async () => {
    const role = installed.role("somebody");
    const form = { "content-type": "application/x-www-form-urlencoded" };
    const response = await signedPost("sts", "Action=GetCallerIdentity&Version=2011-06-15", form, role);
    expect(await response.text()).toContain(`<Arn>arn:aws:sts::${accountId}:assumed-role/somebody/local</Arn>`);
  });

  it("names what it does not emulate, and warns once", async () => {
    const headers = { "x-amz-target": "AWSEvents.PutEvents", "content-type": "application/x-amz-json-1.1" };
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const response = await signedPost("events", "{}", headers, installed.runner);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        __type: "UnknownOperationException",
        message: "events PutEvents is not emulated here",
      });
    }
    const warnings = installed.lines.filter(line => line.message === "aws operation is not emulated");
    expect(warnings).toHaveLength(1);
  });

  it("answers a body that is no JSON as the service would, without failing", async () => {
    const headers = { "x-amz-target": "DynamoDB_20120810.GetItem", "content-type": "application/x-amz-json-1.0" };
    const response = await signedPost("dynamodb", "{", headers, installed.runner);
    expect(response.status).toBe(400);
    expect(installed.lines.filter(line => line.level === "error")).toEqual([]);
  });

  it("fails and delays calls as a test tells it", async () => {
    const db = new DynamoDBClient(installed.runner);
    fault = { error: "ProvisionedThroughputExceededException" };
    expect(await refusal(db.send(new ListTablesCommand({})))).toEqual({
      name: "ProvisionedThroughputExceededException",
      status: 400,
    });
    fault = { error: "InternalServerError" };
    expect((await refusal(db.send(new ListTablesCommand({}))))?.status).toBe(500);
    fault = { delayMs: 60_000 };
    const impatient = db.send(new ListTablesCommand({}), { abortSignal: AbortSignal.timeout(50) });
    expect((await refusal(impatient))?.name).toBe("AbortError");
    fault = undefined;
    await db.send(new ListTablesCommand({}));
    expect(seen).toContain("runner dynamodb:ListTables");
  });

  it("does a call whose answer it loses, and tells of every call that was done", async () => {
    const ssm = new SSMClient(installed.runner);
    const put = (Value: string) =>
      ssm.send(new PutParameterCommand({ Name: "/lost", Value, Type: "String", Overwrite: true }));
    await put("before");
    fault = { error: "InternalServerError" };
    expect((await refusal(put("never")))?.status).toBe(500);
    fault = { error: "InternalServerError", afterwards: true };
    expect((await refusal(put("after")))?.status).toBe(500);
    fault = undefined;
    expect((await ssm.send(new GetParameterCommand({ Name: "/lost" }))).Parameter?.Value).toBe("after");
    const puts = done.filter(call => call.startsWith("ssm:PutParameter"));
    expect(puts.map(call => /before|never|after/.exec(call)?.[0])).toEqual(["before", "after"]);
  });

  it("refuses an account that the queues do not know", async () => {
    const log = recordingLogger([]);
    const ecs = {
      describe: async () => undefined,
      update: async () => undefined,
      listTasks: async () => [],
      describeTasks: async () => [],
      protect: async () => [],
      protection: async () => [],
    };
    const start = startAwsFront({
      dataDir: installed.dataDir,
      port: 0,
      region,
      accountId: "123456789012",
      callerOf: () => undefined,
      policyOf: () => [],
      ecs,
      log,
    });
    await expect(start).rejects.toThrow("000000000000");
  });
});

describe("a role", () => {
  beforeAll(async () => {
    const runner = new DynamoDBClient(installed.runner);
    for (const TableName of ["Open", "Closed"]) {
      await runner.send(
        new CreateTableCommand({
          TableName,
          KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
          AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
          BillingMode: "PAY_PER_REQUEST",
        }),
      );
    }
  });
  const table = (name: string) => `arn:aws:dynamodb:${region}:${accountId}:table/${name}`;
  const denied = { name: "AccessDeniedException", status: 400 };

  it("writes a transaction only when it may write every item of it", async () => {
    const role = new DynamoDBClient(
      installed.role(
        "transactor",
        { Effect: "Allow", Action: "dynamodb:PutItem", Resource: table("Open") },
        { Effect: "Allow", Action: "dynamodb:ConditionCheckItem", Resource: table("Closed") },
      ),
    );
    const Item = { pk: { S: "a" } };
    const check = { TableName: "Closed", Key: Item, ConditionExpression: "attribute_not_exists(pk)" };
    const write = (...TransactItems: object[]) => role.send(new TransactWriteItemsCommand({ TransactItems }));
    await write({ Put: { TableName: "Open", Item } }, { ConditionCheck: check });
    expect(await refusal(write({ Put: { TableName: "Open", Item } }, { Put: { TableName: "Closed", Item } }))).toEqual(
      denied,
    );
    expect(await refusal(write({ Delete: { TableName: "Open", Key: Item } }))).toEqual(denied);
  });

  it("reads only under the partition keys of its condition", async () => {
    const role = new DynamoDBClient(
      installed.role("tenant-reader", {
        Effect: "Allow",
        Action: ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"],
        Resource: table("Open"),
        Condition: { "ForAllValues:StringEquals": { "dynamodb:LeadingKeys": ["ten_1"] } },
      }),
    );
    const get = (pk: string) => role.send(new GetItemCommand({ TableName: "Open", Key: { pk: { S: pk } } }));
    const query = (pk: string) =>
      role.send(
        new QueryCommand({
          TableName: "Open",
          KeyConditionExpression: "pk = :pk",
          ExpressionAttributeValues: { ":pk": { S: pk } },
        }),
      );
    await role.send(new PutItemCommand({ TableName: "Open", Item: { pk: { S: "ten_1" } } }));
    await get("ten_1");
    expect((await query("ten_1")).Count).toBe(1);
    expect(await refusal(get("ten_2"))).toEqual(denied);
    expect(await refusal(query("ten_2"))).toEqual(denied);
  });

  it("without policies may nothing, and each refusal is kept and logged", async () => {
    const nobody = installed.role("nobody");
    const calls = [
      new DynamoDBClient(nobody).send(new ListTablesCommand({})),
      new SQSClient(nobody).send(new ListQueuesCommand({})),
      new SNSClient(nobody).send(new ListTopicsCommand({})),
    ];
    for (const refused of await Promise.all(calls.map(refusal))) expect(refused).toBeDefined();
    const kept = installed.front.denied.filter(one => one.roleName === "nobody").map(one => one.action);
    expect(kept.sort()).toEqual(["dynamodb:ListTables", "sns:ListTopics", "sqs:ListQueues"]);
    const logged = installed.lines.filter(
      line => line.message === "aws call denied" && line.fields.roleName === "nobody",
    );
    expect(logged).toHaveLength(3);
  });

  it("is told of a condition that the runner cannot judge", async () => {
    const role = new DynamoDBClient(
      installed.role("conditional", {
        Effect: "Allow",
        Action: "dynamodb:*",
        Resource: "*",
        Condition: { IpAddress: { "aws:SourceIp": "10.0.0.0/8" } },
      }),
    );
    expect(await refusal(role.send(new ListTablesCommand({})))).toEqual(denied);
    expect(installed.front.denied.at(-1)?.reason).toBe("condition key aws:SourceIp");
  });
});
