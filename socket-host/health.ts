import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Loop } from "./loop.ts";

export interface HealthSources {
  readonly hostId: string;
  readonly loops: readonly Loop[];
  sinceRenewalMs(): number;
  report(): {
    shards: number;
    sessions: Readonly<Record<string, number>>;
    /** The WhatsApp Web version claimed; an old one still links, and WhatsApp refuses it before long. */
    whatsAppVersion: { readonly claimed: string; readonly old: boolean };
  };
}

/** Not renewed for this long, the host has lost everything and does not get it back: it is deaf, not busy. */
const deafAfterMs = 30_000;
/** A loop may be slow, but one that does not come round in this many of its turns is stuck. */
const turnsMissedMax = 15;

interface Health {
  readonly healthy: boolean;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Whether this host still does its work, and what it holds. */
export function healthOf(sources: HealthSources): Health {
  const stalled = sources.loops.filter(loop => loop.sinceTurnMs > loop.everyMs * turnsMissedMax).map(loop => loop.name);
  const deaf = sources.sinceRenewalMs() > deafAfterMs;
  const healthy = !deaf && stalled.length === 0;
  const reasons = [...(deaf ? ["renewal"] : []), ...stalled];
  return { healthy, body: { hostId: sources.hostId, ...sources.report(), ...(healthy ? {} : { stalled: reasons }) } };
}

export interface HealthServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers any GET with the host's health: 200, or 503 where it is deaf. Rejects where the port is taken. */
export async function serveHealth(sources: HealthSources, port: number): Promise<HealthServer> {
  const server = createServer((_request, response) => {
    const { healthy, body } = healthOf(sources);
    response.writeHead(healthy ? 200 : 503, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, () => {
      server.off("error", reject);
      resolve();
    });
  });
  return {
    port: portOf(server.address()),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("the health check has no port");
  return address.port;
}
