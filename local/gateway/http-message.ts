import type { IncomingMessage, ServerResponse } from "node:http";

export type Headers = readonly (readonly [name: string, value: string])[];

/** One request as the gateway sees it; `body` is "too-large" where it passed the limit and was not kept. */
export interface HttpRequest {
  readonly method: string;
  /** Still percent-encoded, without the query. */
  readonly path: string;
  /** Still percent-encoded, without the question mark. */
  readonly query: string;
  readonly headers: Headers;
  readonly body: Buffer | "too-large";
  readonly sourceIp: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

/** The first value of a header, whatever its case. */
export function header(headers: Headers, name: string): string | undefined {
  return headers.find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())?.[1];
}

/** Reads a request whole; a body over `bodyBytesMax` is drained, not kept. */
export async function readRequest(incoming: IncomingMessage, bodyBytesMax: number): Promise<HttpRequest> {
  const [path = "/", query = ""] = splitOnce(incoming.url ?? "/", "?");
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < incoming.rawHeaders.length; index += 2) {
    headers.push([incoming.rawHeaders[index] ?? "", incoming.rawHeaders[index + 1] ?? ""]);
  }
  const body = await readBody(incoming, bodyBytesMax);
  return {
    method: incoming.method ?? "GET",
    path,
    query,
    headers,
    body,
    sourceIp: incoming.socket.remoteAddress ?? "127.0.0.1",
  };
}

async function readBody(incoming: IncomingMessage, bytesMax: number): Promise<Buffer | "too-large"> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    const piece = Buffer.from(chunk);
    bytes += piece.length;
    if (bytes <= bytesMax) chunks.push(piece);
    else chunks.length = 0;
  }
  return bytes > bytesMax ? "too-large" : Buffer.concat(chunks);
}

export function writeAnswer(response: ServerResponse, answer: HttpAnswer): void {
  const headers: string[] = [];
  for (const [name, value] of answer.headers) headers.push(name, value);
  if (answer.status !== 204 && answer.status !== 304) headers.push("Content-Length", String(answer.body.length));
  response.writeHead(answer.status, headers);
  response.end(answer.body);
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
