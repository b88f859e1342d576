import { createServer, type Server } from "node:http";
import type { Logger } from "../aws/logger.ts";
import { type HttpAnswer, type HttpRequest, readRequest, writeAnswer } from "./http-message.ts";

export interface Listener {
  readonly port: number;
  /** Takes no new connections and lets the requests under way end, at most `graceMs`. */
  close(graceMs: number): Promise<void>;
}

export interface ListenerOptions {
  /** 0 picks a free port. */
  readonly port: number;
  readonly handle: (request: HttpRequest) => Promise<HttpAnswer>;
  readonly log: Logger;
}

// API Gateway's limit; CloudFront's own is far above it.
const bodyBytesMax = 10 * 1024 * 1024;

/** An HTTP server on loopback that answers whole requests with whole answers. */
export async function listen({ port, handle, log }: ListenerOptions): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, response) => {
    readRequest(incoming, bodyBytesMax)
      .then(handle)
      .then(answer => writeAnswer(response, answer))
      .catch((error: unknown) => {
        // The client hung up half way, or we failed: nobody is there to be told, or nothing can be said any more.
        if (!incoming.destroyed || incoming.complete) log.error("request failed", { error });
        response.destroy();
      });
  });
  const bound = await bind(server, port);
  return { port: bound, close: graceMs => close(server, graceMs) };
}

function bind(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("the server has no port"));
      else resolve(address.port);
    });
  });
}

async function close(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()));
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), graceMs);
  await closed;
  clearTimeout(timer);
}
