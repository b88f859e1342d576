import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { signatureClaimOf, verifySignature } from "../../local/aws/signature.ts";
import type { FrontDoor } from "../functions/front-door.ts";

export const operatorKey = { accessKeyId: "AKIAOPERATOR", secretAccessKey: "the operator's secret" };
export const gatewayRegion = "eu-west-1";

/** What API Gateway does before the admin function is asked: it checks the operator's signature. */
export async function startAdminGateway(door: FrontDoor): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    answer(door, request, response).catch(error => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/live`, server };
}

async function answer(door: FrontDoor, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [path = "", search = ""] = (request.url ?? "").split("?");
  const body = await buffer(request);
  const signed = { method: request.method ?? "", path, query: search, headers: request.headers, body };
  const claim = signatureClaimOf(signed);
  const against = { secret: operatorKey.secretAccessKey, region: gatewayRegion, nowMs: Date.now() };
  const fault = claim === undefined ? "unsigned" : verifySignature(signed, claim, against);
  if (fault !== undefined || claim?.service !== "execute-api" || claim.accessKeyId !== operatorKey.accessKeyId) {
    const problem = { type: "about:blank", title: "Unauthorized", status: 401, code: "unauthorized", requestId: "r" };
    response.writeHead(401).end(JSON.stringify({ ...problem, detail: `Sign the request: ${fault}` }));
    return;
  }
  const answered = await door.operate(signed.method, path.replace(/^\/live/, ""), {
    query: Object.fromEntries(new URLSearchParams(search)),
    headers: { "Content-Type": request.headers["content-type"] ?? "" },
    ...(body.length === 0 ? {} : { body: body.toString() }),
  });
  response.writeHead(answered.status, answered.headers).end(JSON.stringify(answered.body));
}
