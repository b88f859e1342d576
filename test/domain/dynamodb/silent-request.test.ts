import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { openDb } from "../../../domain/dynamodb/db.ts";

let asked = 0;
const server = createServer((_request, response) => {
  asked++;
  // The first request is taken and never answered, as behind a connection that died without a word.
  if (asked > 1) response.writeHead(200, { "content-type": "application/x-amz-json-1.0" }).end('{"Item":{}}');
});

beforeEach(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not a secret");
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

it("gives a request up that nobody answers, and tries it again", async () => {
  const db = openDb({ leases: "leases" }, { requestTimeoutMs: 50 });
  await db.client.send(new GetCommand({ TableName: "leases", Key: { pk: "a", sk: "b" } }));
  expect(asked).toBe(2);
});
