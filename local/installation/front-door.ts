import { GetObjectCommand, NoSuchKey, type S3Client } from "@aws-sdk/client-s3";
import * as z from "zod";
import { AssemblyError } from "../assembly/assembly-error.ts";
import type { Logger } from "../aws/logger.ts";
import { distributionDefinition } from "../gateway/distribution-definition.ts";
import { Edge, type ReadObject } from "../gateway/edge.ts";
import { executeApi } from "../gateway/execute-api.ts";
import type { HttpAnswer, HttpRequest } from "../gateway/http-message.ts";
import { type Listener, listen } from "../gateway/listener.ts";
import { RestApi, type RestApiOptions } from "../gateway/rest-api.ts";
import { restApiDefinitions } from "../gateway/rest-api-definition.ts";
import type { Functions } from "../lambda/functions.ts";
import type { Ground } from "./ground.ts";
import { StartRefused } from "./start-refused.ts";

type Handle = (request: HttpRequest) => Promise<HttpAnswer>;

interface FrontDoorContent {
  readonly ground: Ground;
  readonly functions: Functions;
  readonly s3: S3Client;
  readonly region: string;
  readonly accountId: string;
  readonly log: Logger;
  readonly now: () => number;
}

/** The two addresses of the product: the edge, which is the public one, and the REST API's own. */
export interface FrontDoor {
  readonly ports: { readonly edge: number; readonly api: number };
  /** Starts answering from the assembly; until then every request gets a 503. */
  serve(content: FrontDoorContent): { adminUrl: string };
  close(graceMs: number): Promise<void>;
}

const starting: Handle = async () => ({
  status: 503,
  headers: [["Content-Type", "text/plain; charset=utf-8"]],
  body: Buffer.from("starting\n"),
});

/** Listens on both ports before anything else starts, because the template's own values name them. */
export async function openFrontDoor(options: {
  readonly ports: { readonly edge: number; readonly api: number };
  readonly log: Logger;
}): Promise<FrontDoor> {
  let handleEdge = starting;
  let handleApi = starting;
  const { log } = options;
  const edge = await listenOrRefuse(options.ports.edge, request => handleEdge(request), log);
  const api = await listenOrRefuse(options.ports.api, request => handleApi(request), log);
  return {
    ports: { edge: edge.port, api: api.port },
    serve: content => {
      const apis = restApisOf(content);
      const [first] = apis;
      if (first === undefined) throw new AssemblyError("the app has no REST API");
      handleApi = request => executeApi(apis, request);
      handleEdge = edgeHandle(content, apis, first, `127.0.0.1:${api.port}`);
      return { adminUrl: `http://127.0.0.1:${api.port}/${first.stage}` };
    },
    close: async graceMs => {
      await Promise.all([edge.close(graceMs), api.close(graceMs)]);
    },
  };
}

async function listenOrRefuse(port: number, handle: Handle, log: Logger): Promise<Listener> {
  try {
    return await listen({ port, handle, log });
  } catch (cause) {
    const { success: inUse } = z.object({ code: z.literal("EADDRINUSE") }).safeParse(cause);
    if (inUse) throw new StartRefused(`port ${port} is in use; choose another with --port`, { cause });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartRefused(`port ${port} cannot be listened on: ${reason}`, { cause });
  }
}

/** A caller hears that the API is busy well before its own patience and the gateway's 29 seconds end. */
const environmentWaitMaxMs = 5_000;

function restApisOf({ ground, functions, ...place }: FrontDoorContent): readonly RestApi[] {
  const { assembly, front, principals, accessKey } = ground;
  const invoke: RestApiOptions["invoke"] = async (functionArn, event) => {
    const definition = functions.find(functionArn);
    if (definition === undefined) throw new AssemblyError(`the API calls a function that is not here: ${functionArn}`);
    return functions.invoke(definition, event, environmentWaitMaxMs);
  };
  const options: RestApiOptions = {
    ...place,
    principals: {
      callerOf: id => principals.callerOf(id),
      policyOf: roleName => principals.policyOf(roleName),
      secretOf: id => accessKey(id).secretAccessKey,
    },
    usagePlans: front.gatewayKeys,
    invoke,
  };
  return restApiDefinitions(assembly).map(definition => new RestApi(definition, options));
}

function edgeHandle(
  { ground, s3, log }: FrontDoorContent,
  apis: readonly RestApi[],
  first: RestApi,
  apiHost: string,
): Handle {
  const distribution = distributionDefinition(ground.assembly);
  if (distribution === undefined) return request => first.handle(request);
  for (const warning of distribution.warnings) log.warn("edge differs from aws", { warning });
  const edge = new Edge({ distribution, apis, readObject: objectReader(s3), apiHost });
  return request => edge.handle(request);
}

function objectReader(s3: S3Client): ReadObject {
  return async (Bucket, Key) => {
    try {
      const object = await s3.send(new GetObjectCommand({ Bucket, Key }));
      const body = Buffer.from((await object.Body?.transformToByteArray()) ?? []);
      const headers = [
        ["Content-Type", object.ContentType],
        ["Cache-Control", object.CacheControl],
        ["ETag", object.ETag],
        ["Last-Modified", object.LastModified?.toUTCString()],
      ].flatMap(([name, value]): [string, string][] => (name && value ? [[name, value]] : []));
      return { headers, body };
    } catch (error) {
      if (error instanceof NoSuchKey) return undefined;
      throw error;
    }
  };
}
