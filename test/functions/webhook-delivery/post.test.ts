import { lookup } from "node:dns";
import { createServer } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { destinationOf } from "../../../domain/webhook/destination.ts";
import { type Network, post } from "../../../functions/webhook-delivery/post.ts";
import { testCertificate } from "./certificate.ts";
import { type Answering, answerStatus, type Receiver, startReceiver } from "./receiver.ts";

const network: Network = { lookup, deadlineMs: 5_000, now: Date.now };
const body = JSON.stringify({ text: "olá 👋" });
const headers = { "content-type": "application/json", "user-agent": "WASaaS/0.1.0", "webhook-id": "evt_1" };
const send = (receiver: Receiver, on: Network = network) =>
  post(destinationOf(receiver.url, { allowLoopback: true }), { headers, body }, on);

let receiver: Receiver | undefined;
afterEach(async () => {
  await receiver?.[Symbol.asyncDispose]();
  receiver = undefined;
});

async function receiverThat(answer: Answering): Promise<Receiver> {
  receiver = await startReceiver({ answer });
  return receiver;
}

describe("post", () => {
  test("sends the body and headers as they are and takes a 2xx for success", async () => {
    const endpoint = await receiverThat(answerStatus(202, {}, "thank you"));
    const outcome = await send(endpoint);
    expect(outcome).toMatchObject({ statusCode: 202, error: null, excerpt: "thank you" });
    expect(endpoint.received).toEqual([
      { method: "POST", path: "/hook", body, headers: expect.objectContaining(headers) },
    ]);
    expect(endpoint.received[0]?.headers["content-length"]).toBe(String(Buffer.byteLength(body)));
  });

  test.each([
    [200, null],
    [204, null],
    [299, null],
    [300, "redirect"],
    [301, "redirect"],
    [304, "redirect"],
    [308, "redirect"],
    [400, "status"],
    [404, "status"],
    [410, "status"],
    [429, "status"],
    [500, "status"],
    [503, "status"],
  ])("takes %i for %s", async (statusCode, error) => {
    const outcome = await send(await receiverThat(answerStatus(statusCode, { location: "http://localhost/" })));
    expect(outcome).toMatchObject({ statusCode, error });
  });

  test("does not follow a redirect", async () => {
    const endpoint = await receiverThat(answerStatus(302, { location: "/elsewhere" }));
    await send(endpoint);
    expect(endpoint.received.map(({ path }) => path)).toEqual(["/hook"]);
  });

  test("passes Retry-After on", async () => {
    const outcome = await send(await receiverThat(answerStatus(503, { "retry-after": "120" })));
    expect(outcome.retryAfter).toBe("120");
  });

  test("gives up when the answer does not come in time", async () => {
    const endpoint = await receiverThat(() => undefined);
    const outcome = await send(endpoint, { ...network, deadlineMs: 100 });
    expect(outcome).toMatchObject({ statusCode: null, error: "timeout", excerpt: null });
  });

  test("gives up when the body of a 200 drips on past the deadline", async () => {
    const endpoint = await receiverThat(response => {
      response.writeHead(200).write("never ");
    });
    const outcome = await send(endpoint, { ...network, deadlineMs: 100 });
    expect(outcome).toMatchObject({ statusCode: 200, error: "timeout" });
  });

  test("gives up when a name is never looked up", async () => {
    const endpoint = await receiverThat(answerStatus(200));
    const outcome = await send(endpoint, { ...network, lookup: () => undefined, deadlineMs: 100 });
    expect(outcome).toMatchObject({ statusCode: null, error: "timeout" });
  });

  test("reads 64 KB of an endless body, keeps a thousand characters and is content", async () => {
    let closed = false;
    const endpoint = await receiverThat(response => {
      response.on("close", () => {
        closed = true;
      });
      const fill = () => {
        while (!closed && response.write("x".repeat(10_000)));
      };
      response.writeHead(200).on("drain", fill);
      fill();
    });
    const outcome = await send(endpoint);
    expect(outcome).toMatchObject({ statusCode: 200, error: null, excerpt: "x".repeat(1_000) });
    await expect.poll(() => closed).toBe(true);
  });

  test("goes by the status where the body breaks off after it", async () => {
    const cut = (status: number) =>
      receiverThat(response => {
        response.writeHead(status, { "content-length": "100" });
        response.write("only this", () => response.destroy());
      });
    expect(await send(await cut(200))).toMatchObject({ statusCode: 200, error: null, excerpt: "only this" });
    expect(await send(await cut(500))).toMatchObject({ statusCode: 500, error: "status", excerpt: "only this" });
  });

  test("keeps no half of a character", async () => {
    const endpoint = await receiverThat(response => response.writeHead(200).end(`${"a".repeat(999)}👋`));
    expect((await send(endpoint)).excerpt).toBe(`${"a".repeat(999)}\uFFFD`);
  });

  test("says when the connection is refused, or broken off, or no HTTP", async () => {
    const gone = await startReceiver();
    await gone[Symbol.asyncDispose]();
    expect(await send(gone)).toMatchObject({ statusCode: null, error: "connection_failed" });
    expect(await send(await receiverThat(response => response.destroy()))).toMatchObject({
      error: "connection_failed",
    });
    const chatter = createServer(socket => socket.on("error", () => undefined).end("hello?\r\n\r\n"));
    await new Promise<void>(resolve => chatter.listen(0, "127.0.0.1", resolve));
    const port = (chatter.address() as { port: number }).port;
    const destination = destinationOf(`http://127.0.0.1:${port}`, { allowLoopback: true });
    expect(await post(destination, { headers, body }, network)).toMatchObject({ error: "connection_failed" });
    chatter.close();
  });

  test("says when a name is not known", async () => {
    const unknown = Object.assign(new Error("no such name"), { code: "ENOTFOUND" });
    const destination = destinationOf("https://hook.example.com", { allowLoopback: false });
    const outcome = await post(
      destination,
      { headers, body },
      { ...network, lookup: (_name, _options, callback) => callback(unknown, "") },
    );
    expect(outcome).toMatchObject({ statusCode: null, error: "dns_failed" });
  });
});

describe("post over TLS", () => {
  test("goes through where the certificate is trusted", async () => {
    receiver = await startReceiver({ tls: true });
    const outcome = await send(receiver, { ...network, certificateAuthority: testCertificate.cert });
    expect(outcome).toMatchObject({ statusCode: 204, error: null, excerpt: null });
    expect(receiver.received).toHaveLength(1);
  });

  test("fails where it is not", async () => {
    receiver = await startReceiver({ tls: true });
    expect(await send(receiver)).toMatchObject({ statusCode: null, error: "tls_failed" });
    expect(receiver.received).toHaveLength(0);
  });
});
