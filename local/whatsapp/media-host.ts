import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { pipeline } from "node:stream/promises";
import type { Log } from "../../domain/log.ts";
import type { MediaCertificate } from "./media-certificate.ts";
import { MediaFiles, WrongHash } from "./media-files.ts";

export interface MediaHostOptions {
  readonly files: MediaFiles;
  /** Whether it is out of order for those who download. */
  readonly refuses: () => boolean;
  readonly certificate: MediaCertificate;
  readonly log: Log;
}

/**
 * Where clients upload encrypted files and download them: `POST /mms/TYPE/HASH?auth=…` and `GET /mms/TYPE/HASH`, over
 * https as Baileys demands. A file is only ever named by the hash of its ciphertext.
 */
export class MediaHost {
  readonly server: Server;
  /** What uploads must show; told to logged-in clients alone. */
  readonly auth = randomBytes(24).toString("base64url");
  readonly #options: MediaHostOptions;

  constructor(options: MediaHostOptions) {
    this.#options = options;
    const { key, certificate: cert } = options.certificate;
    this.server = createServer({ key, cert }, (request, response) => void this.#handle(request, response));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(request, response);
    } catch (error) {
      if (error instanceof WrongHash) return answer(response, 400, { error: error.code });
      // A client that hung up is no news; anything else stands in the log.
      if (!request.destroyed) this.#options.log.warn("media request failed", { error, method: request.method });
      response.destroy();
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://localhost");
    const [, root, type = "", name = ""] = url.pathname.split("/");
    if (root !== "mms" || !MediaFiles.isName(name)) return answer(response, 404, { error: "not_found" });
    if (request.method === "GET") return this.#download(name, request, response);
    if (request.method !== "POST") return answer(response, 405, { error: "method_not_allowed" });
    if (url.searchParams.get("auth") !== this.auth) return answer(response, 401, { error: "unauthorized" });
    await this.#options.files.upload(name, request);
    const path = directPath(type, name);
    answer(response, 200, { url: `https://${request.headers.host}${path}`, direct_path: path });
  }

  async #download(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#options.refuses()) return answer(response, 503, { error: "unavailable" });
    const size = await this.#options.files.sizeOf(name);
    if (size === undefined) return answer(response, this.#options.files.goneStatus(name), { error: "gone" });
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
    if (start > end) return answer(response, 416, { error: "range" });
    const partial = { "content-range": `bytes ${start}-${end}/${size}` };
    response.writeHead(range ? 206 : 200, {
      "content-type": "application/octet-stream",
      "content-length": end - start + 1,
      ...(range ? partial : {}),
    });
    await pipeline(this.#options.files.read(name, { start, end }), response);
  }
}

/** The path under which a file of a type is downloaded, on whichever host. */
export function directPath(type: string, name: string): string {
  return `/mms/${type}/${name}`;
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
}
