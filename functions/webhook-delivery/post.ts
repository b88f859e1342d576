import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Now } from "../../domain/clock.ts";
import type { AttemptError, Outcome } from "../../domain/webhook/attempt.ts";
import type { Destination } from "../../domain/webhook/destination.ts";
import { AddressRefused, filteredAgent, type Resolving } from "../../domain/webhook/filtered-agent.ts";

export interface Network extends Resolving {
  /** For everything: lookup, connection, headers and body. */
  readonly deadlineMs: number;
  readonly now: Now;
}

export interface Message {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const responseBytesMax = 64 * 1024;
const excerptCharactersMax = 1_000;

/**
 * Posts once and says what came of it; never throws for what the endpoint or the network did. Redirects are not
 * followed. Of the response's body 64 KB are read at most, and its first 1,000 characters kept.
 */
export async function post(destination: Destination, message: Message, network: Network): Promise<Outcome> {
  const startedMs = network.now();
  const seen: { response?: IncomingMessage } = {};
  const ended = (error: AttemptError | null, body: Buffer = Buffer.alloc(0)): Outcome => ({
    statusCode: seen.response?.statusCode ?? null,
    error,
    latencyMs: Math.max(0, network.now() - startedMs),
    excerpt: excerptOf(body),
    retryAfter: seen.response?.headers["retry-after"],
  });
  const deadline = AbortSignal.timeout(network.deadlineMs);
  try {
    seen.response = await responseTo(destination, message, network, deadline);
    const body = await startOf(seen.response, deadline);
    return ended(errorOfStatus(seen.response.statusCode ?? 0), body);
  } catch (error) {
    return ended(deadline.aborted ? "timeout" : errorOf(error));
  }
}

function responseTo(destination: Destination, message: Message, network: Network, signal: AbortSignal) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    // The request's own signal does not reach a lookup that never answers.
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    const request = start(destination, message, network, signal);
    request.on("response", resolve).on("error", reject).end(message.body);
  });
}

function start({ url, reach }: Destination, message: Message, network: Network, signal: AbortSignal): ClientRequest {
  const agent = filteredAgent({ url, reach }, network);
  const headers = { ...message.headers, "content-length": String(Buffer.byteLength(message.body)) };
  const options = { method: "POST", agent, headers, signal };
  return url.protocol === "https:" ? httpsRequest(url, options) : httpRequest(url, options);
}

async function startOf(response: IncomingMessage, deadline: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      bytes += chunk.length;
      // Leaving the loop closes the connection: the rest is never read.
      if (bytes >= responseBytesMax) break;
    }
  } catch (error) {
    // The status has come, and says what became of the event: a body that breaks off after it takes nothing back.
    if (deadline.aborted) throw error;
  }
  return Buffer.concat(chunks).subarray(0, responseBytesMax);
}

/** Well-formed: a cut may go through the middle of a character, and half of one is no UTF-8, which is what DynamoDB stores. */
function excerptOf(body: Buffer): string | null {
  return body.toString().slice(0, excerptCharactersMax).toWellFormed() || null;
}

function errorOfStatus(statusCode: number): AttemptError | null {
  if (statusCode >= 200 && statusCode < 300) return null;
  return statusCode >= 300 && statusCode < 400 ? "redirect" : "status";
}

const dnsCodes = new Set(["ENOTFOUND", "EAI_AGAIN", "EAI_FAIL", "ENODATA", "ESERVFAIL"]);
const tlsCode = /^(?:ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH|EPROTO)/;

function errorOf(error: unknown): AttemptError {
  if (error instanceof AddressRefused) return "address_refused";
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (dnsCodes.has(code)) return "dns_failed";
  return tlsCode.test(code) ? "tls_failed" : "connection_failed";
}
