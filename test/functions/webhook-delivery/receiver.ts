import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { testCertificate } from "./certificate.ts";

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What a receiver answers its `count`th request (from 1) with. */
export type Answering = (response: ServerResponse, count: number) => void;

/** A customer's endpoint: a real server on loopback that remembers what it got, byte for byte. */
export interface Receiver {
  readonly url: string;
  readonly received: Received[];
  answer: Answering;
  [Symbol.asyncDispose](): Promise<void>;
}

export const answerNoContent: Answering = response => {
  response.writeHead(204).end();
};

export const answerStatus =
  (status: number, headers: Record<string, string> = {}, body = ""): Answering =>
  response => {
    response.writeHead(status, headers).end(body);
  };

export async function startReceiver(options: { tls?: boolean; answer?: Answering } = {}): Promise<Receiver> {
  const server = options.tls ? createHttpsServer(testCertificate) : createHttpServer();
  const received: Received[] = [];
  const receiver: Omit<Receiver, "url"> = {
    received,
    answer: options.answer ?? answerNoContent,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  server.on("request", async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url: path = "", headers } = request;
    received.push({ method, path, headers, body: Buffer.concat(chunks).toString() });
    receiver.answer(response, received.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `${options.tls ? "https" : "http"}://localhost:${(server.address() as AddressInfo).port}/hook`;
  return Object.assign(receiver, { url });
}

/** A server that must never be reached: it listens on every address of this machine and counts who comes. */
export interface Canary {
  readonly port: number;
  readonly connections: () => number;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startCanary(): Promise<Canary> {
  let count = 0;
  const server = createTcpServer(socket => {
    count++;
    socket.destroy();
  });
  server.listen(0, "::");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => count,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
