import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { AwsReply } from "./aws-call.ts";
import type { SignedRequest } from "./signed-request.ts";

const bodyMaxBytes = 128 * 1024 * 1024;

export interface FrontServer {
  readonly url: string;
  /** Hangs up on everybody and waits until the requests that run have ended. */
  stop(whileDraining: () => void): Promise<void>;
}

type Handle = (request: SignedRequest, hangUp: AbortSignal) => Promise<AwsReply>;

/**
 * An HTTP server on loopback that hands over whole requests. Where an answer cannot be made or sent, the caller is hung
 * up on and `onFailure` is told: one broken answer must not end the process.
 */
export async function startFrontServer(options: {
  readonly port: number;
  readonly handle: Handle;
  readonly onFailure: (error: unknown) => void;
}): Promise<FrontServer> {
  const running = new Set<Promise<void>>();
  const server = createServer((incoming, response) => {
    const one = serve(incoming, response, options.handle)
      .catch((error: unknown) => {
        options.onFailure(error);
        response.destroy();
      })
      .finally(() => running.delete(one));
    running.add(one);
  });
  server.keepAliveTimeout = 65_000;
  await listening(server, options.port);
  return {
    url: `http://127.0.0.1:${boundPort(server)}`,
    stop: async whileDraining => {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      server.closeAllConnections();
      whileDraining();
      await Promise.all(running);
      await closed;
    },
  };
}

function listening(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function boundPort(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === "string") throw new Error("the front is not listening on a port");
  return address.port;
}

async function serve(incoming: IncomingMessage, response: ServerResponse, handle: Handle): Promise<void> {
  const hangUp = new AbortController();
  response.once("close", () => {
    if (!response.writableFinished) hangUp.abort();
  });
  const body = await bodyOf(incoming);
  if (body === "too large") return send(response, { status: 413, headers: { connection: "close" }, body: "" }, "POST");
  // A caller that hung up while it was still sending has made no request.
  if (body === "incomplete") return;
  const [path = "/", query = ""] = splitOnce(incoming.url ?? "/", "?");
  const method = incoming.method ?? "GET";
  send(response, await handle({ method, path, query, headers: incoming.headers, body }, hangUp.signal), method);
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer | "too large" | "incomplete"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const ended = new Promise<"complete" | "incomplete">(resolve => {
    incoming.once("end", () => resolve("complete"));
    incoming.once("close", () => resolve("incomplete"));
  });
  const tooLarge = new Promise<"too large">(resolve => {
    incoming.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > bodyMaxBytes) resolve("too large");
      else chunks.push(chunk);
    });
  });
  const outcome = await Promise.race([ended, tooLarge]);
  return outcome === "complete" ? Buffer.concat(chunks) : outcome;
}

function send(response: ServerResponse, reply: AwsReply, method: string): void {
  const body = Buffer.isBuffer(reply.body) ? reply.body : Buffer.from(reply.body);
  const length = method === "HEAD" ? {} : { "content-length": String(body.length) };
  response.writeHead(reply.status, { ...reply.headers, ...length });
  response.end(body);
}

function splitOnce(text: string, separator: string): [string, string] {
  const position = text.indexOf(separator);
  return position === -1 ? [text, ""] : [text.slice(0, position), text.slice(position + 1)];
}
