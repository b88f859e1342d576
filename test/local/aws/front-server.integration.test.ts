import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AwsReply } from "../../../local/aws/aws-call.ts";
import { type FrontServer, startFrontServer } from "../../../local/aws/front-server.ts";

const failures: unknown[] = [];
const handled: string[] = [];
let server: FrontServer;
beforeAll(async () => {
  server = await startFrontServer({
    port: 0,
    handle: async (request): Promise<AwsReply> => {
      handled.push(`${request.method} ${request.path} ${request.query} ${request.body}`);
      if (request.path === "/unsendable") return { status: 200, headers: { "x-name": "\u{1f4a5}" }, body: "" };
      return { status: 200, headers: {}, body: "answer" };
    },
    onFailure: error => failures.push(error),
  });
});
afterAll(() => server.stop(() => undefined));

describe("the front's server", () => {
  it("hands over method, path, query and body as they were sent", async () => {
    const response = await fetch(`${server.url}/a%20b?c=%2F&d`, { method: "PUT", body: "body" });
    expect(await response.text()).toBe("answer");
    expect(handled.at(-1)).toBe("PUT /a%20b c=%2F&d body");
  });

  it("hangs up on an answer that cannot be sent, tells of it and goes on", async () => {
    await expect(fetch(`${server.url}/unsendable`)).rejects.toThrow();
    expect(failures).toHaveLength(1);
    expect((await fetch(server.url)).status).toBe(200);
  });

  it("takes no half of a request for a whole one", async () => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    await once(socket, "connect");
    socket.write("PUT /half HTTP/1.1\r\nhost: h\r\ncontent-length: 100\r\n\r\nonly this");
    socket.end();
    await once(socket.resume(), "close");
    expect((await fetch(`${server.url}/whole`)).status).toBe(200);
    expect(handled.filter(request => request.includes("/half"))).toEqual([]);
    expect(failures).toHaveLength(1);
  });
});
