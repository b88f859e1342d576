import { lookup } from "node:dns";
import type { ClientRequest } from "node:http";
import type { Agent, AgentOptions } from "node:https";
import type { LookupFunction, Socket } from "node:net";
import { HttpsProxyAgent } from "https-proxy-agent";
import { SocksProxyAgent } from "socks-proxy-agent";
import { buildConnector, type Dispatcher, ProxyAgent, Socks5ProxyAgent } from "undici";
import type { SessionProxy } from "../../domain/session/proxy.ts";
import { checkedLookup } from "../../domain/webhook/filtered-agent.ts";

/** The proxy did not let us through; `statusCode` is its answer where it speaks HTTP and gave one. */
export class ProxyUnreachable extends Error {
  override readonly name = "ProxyUnreachable";
  readonly code = "proxy_unreachable";
  readonly statusCode: number | null;
  constructor(statusCode: number | null, options: { cause?: unknown } = {}) {
    super("the proxy could not be reached or refused", options);
    this.statusCode = statusCode;
  }
}

/** One proxy in the forms in which it is asked for. */
export interface ProxyAgents {
  /** For the WebSocket, uploads and downloads over node:https. */
  readonly agent: Agent;
  /** For what Baileys fetches by itself. */
  readonly dispatcher: Dispatcher;
}

/**
 * Connects through a proxy and to nothing but it: names are resolved there, and the proxy's own name may lead only to
 * addresses that a customer may have us reach.
 */
export function proxyAgents(proxy: SessionProxy): ProxyAgents {
  const guarded = checkedLookup(proxy, lookup);
  return proxy.kind === "socks5" ? socksAgents(proxy, guarded) : httpAgents(proxy, guarded);
}

function httpAgents(proxy: SessionProxy, guarded: LookupFunction): ProxyAgents {
  const url = urlOf(proxy, proxy.kind);
  // A connection that stays open would keep to a proxy that the customer has changed since.
  const agent = new HttpTunnel(url, { lookup: guarded, keepAlive: false });
  return { agent, dispatcher: new ProxyAgent({ uri: url, proxyTls: { lookup: guarded } }) };
}

function socksAgents(proxy: SessionProxy, guarded: LookupFunction): ProxyAgents {
  const agent = new SocksTunnel(urlOf(proxy, "socks5h"), {
    socketOptions: { lookup: guarded },
    timeout: proxyTimeoutMs,
  });
  const connect = buildConnector({ lookup: guarded });
  return { agent, dispatcher: new Socks5ProxyAgent(urlOf(proxy, "socks5"), { connect }) };
}

const proxyTimeoutMs = 15_000;

function urlOf({ host, port, username, password }: SessionProxy, scheme: string): string {
  const user = username === "" ? "" : `${encodeURIComponent(username)}:${encodeURIComponent(password)}@`;
  return `${scheme}://${user}${host.includes(":") ? `[${host}]` : host}:${port}`;
}

type ConnectOptions = Parameters<SocksProxyAgent["connect"]>[1];

class HttpTunnel extends HttpsProxyAgent<string> {
  declare readonly options: AgentOptions;

  override async connect(request: ClientRequest, options: ConnectOptions): Promise<Socket> {
    let answered: number | null = null;
    request.once("proxyConnect", ({ statusCode }: { statusCode: number }) => {
      answered = statusCode;
    });
    const socket = await tunnelled(super.connect(request, options));
    if (answered === 200) return socket;
    // The library would have the proxy's refusal read as if it were the server's answer.
    socket.destroy();
    throw new ProxyUnreachable(answered);
  }
}

class SocksTunnel extends SocksProxyAgent {
  declare readonly options: AgentOptions;

  override connect(request: ClientRequest, options: ConnectOptions): Promise<Socket> {
    return tunnelled(super.connect(request, options));
  }
}

function tunnelled(opening: Promise<Socket>): Promise<Socket> {
  return opening.catch((cause: unknown) => {
    throw new ProxyUnreachable(null, { cause });
  });
}
