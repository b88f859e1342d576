import { lookup } from "node:dns";
import { type ClientRequest, request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { mimetypeOf } from "../domain/media/kind.ts";
import { uploadBytesMax } from "../domain/media/upload.ts";
import { type Destination, type DestinationRules, destinationOf } from "../domain/webhook/destination.ts";
import { filteredAgent } from "../domain/webhook/filtered-agent.ts";
import { type TemporaryFile, temporaryFile } from "./temporary-file.ts";

const firstByteWithinMs = 15_000;
const allWithinMs = 300_000;
const redirectsMax = 5;

/** The address does not give the file: by its status, its redirects, or the time it takes. */
export class FetchFailed extends Error {
  override readonly name = "FetchFailed";
  readonly code = "fetch_failed";
}

export interface FetchedFile {
  readonly file: TemporaryFile;
  /** As the server says, or as the bytes do where it says nothing of use. */
  readonly mimetype: string;
}

/**
 * Fetches a customer's file to disk. Every address on the way, that of a redirect too, is judged as a webhook's is, by
 * literal and by what DNS answers at the connection itself. Throws FetchFailed, DestinationRefused, AddressRefused,
 * FileTooLarge, or what the network threw.
 */
export async function fetchFile(url: string, rules: DestinationRules): Promise<FetchedFile> {
  const deadline = AbortSignal.timeout(allWithinMs);
  const response = await followed(url, rules, deadline);
  const announced = Number(response.headers["content-length"] ?? 0);
  if (announced > uploadBytesMax) {
    response.destroy();
    throw new FetchFailed(`the file has more than ${uploadBytesMax} bytes`);
  }
  const file = await temporaryFile(response, { bytesMax: uploadBytesMax, signal: deadline });
  const said = (response.headers["content-type"] ?? "").trim();
  const isVague = said === "" || /^(?:application|binary)\/octet-stream/i.test(said);
  return { file, mimetype: isVague ? mimetypeOf(file.head) : said };
}

async function followed(url: string, rules: DestinationRules, deadline: AbortSignal): Promise<IncomingMessage> {
  let at = url;
  for (let redirects = 0; redirects <= redirectsMax; redirects++) {
    const response = await firstByteOf(destinationOf(at, rules), deadline);
    const { statusCode = 0, headers } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    response.destroy();
    if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) {
      throw new FetchFailed(`the address answered ${statusCode}`);
    }
    at = new URL(headers.location, at).href;
  }
  throw new FetchFailed(`the address redirects more than ${redirectsMax} times`);
}

function firstByteOf(destination: Destination, deadline: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const late = AbortSignal.timeout(firstByteWithinMs);
    const request = start(destination, deadline);
    // The request's own signal would reach into the body, and a lookup that never answers hears of none.
    const give = () => {
      reject(new FetchFailed("the address did not answer in time"));
      request.destroy();
    };
    late.addEventListener("abort", give, { once: true });
    request
      .on("response", response => {
        late.removeEventListener("abort", give);
        resolve(response);
      })
      .on("error", reject)
      .end();
  });
}

function start(destination: Destination, signal: AbortSignal): ClientRequest {
  const agent = filteredAgent(destination, { lookup });
  const options = { method: "GET", agent, signal, headers: { accept: "*/*", "accept-encoding": "identity" } };
  return destination.url.protocol === "https:"
    ? httpsRequest(destination.url, options)
    : httpRequest(destination.url, options);
}
