import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A customer's proxy on this machine, and where it was asked to connect to. */
export interface LocalProxy {
  readonly port: number;
  readonly asked: { readonly target: string; readonly credentials: string | null }[];
  /** Hangs up on everybody and answers nobody any more. */
  close(): Promise<void>;
}

/** An HTTP proxy that takes CONNECT alone; it answers 407 to whoever does not say the credentials. */
export async function httpProxy(credentials: string): Promise<LocalProxy> {
  const server = createHttpServer((_request, response) => response.writeHead(405).end());
  const asked: LocalProxy["asked"] = [];
  server.on("connect", (request, client: Socket) => {
    const said = Buffer.from((request.headers["proxy-authorization"] ?? "").replace("Basic ", ""), "base64").toString();
    asked.push({ target: request.url ?? "", credentials: said === "" ? null : said });
    if (said !== credentials) return client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const { hostname, port } = new URL(`http://${request.url}`);
    client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
    return join(client, hostname, Number(port));
  });
  return listening(server, asked);
}

/** A SOCKS5 proxy (RFC 1928) with user name and password (RFC 1929), as far as a client that behaves needs it. */
export async function socksProxy(credentials: string): Promise<LocalProxy> {
  const asked: LocalProxy["asked"] = [];
  const server = createServer(client => {
    client.on("error", () => client.destroy());
    void serve(client).catch(() => client.destroy());
  });
  async function serve(client: Socket): Promise<void> {
    await next(client);
    client.write(Buffer.from([5, 2]));
    const login = await next(client);
    const name = login.subarray(2, 2 + (login[1] ?? 0)).toString();
    const said = `${name}:${login.subarray(3 + (login[1] ?? 0)).toString()}`;
    client.write(Buffer.from([1, said === credentials ? 0 : 1]));
    if (said !== credentials) return void client.end();
    const { host, port } = targetOf(await next(client));
    asked.push({ target: `${host}:${port}`, credentials: said });
    client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
    join(client, host, port);
  }
  return listening(server, asked);
}

function targetOf(request: Buffer): { host: string; port: number } {
  const isName = request[3] === 3;
  const end = isName ? 5 + (request[4] ?? 0) : 8;
  const host = isName ? request.subarray(5, end).toString() : request.subarray(4, end).join(".");
  return { host, port: request.readUInt16BE(end) };
}

async function next(client: Socket): Promise<Buffer> {
  const [chunk] = await once(client, "data");
  return chunk as Buffer;
}

function join(client: Socket, host: string, port: number): void {
  const target = connect(port, host);
  client.pipe(target).pipe(client);
  client.on("error", () => target.destroy()).on("close", () => target.destroy());
  target.on("error", () => client.destroy());
}

async function listening(server: Server, asked: LocalProxy["asked"]): Promise<LocalProxy> {
  const sockets = new Set<Socket>();
  server.on("connection", socket => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
