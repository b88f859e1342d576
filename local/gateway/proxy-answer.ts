import * as z from "zod";
import { GatewayRefusal } from "./gateway-refusal.ts";
import type { HttpAnswer } from "./http-message.ts";
import { isBinaryMediaType } from "./proxy-event.ts";
import type { RequestContext } from "./request-context.ts";

const HeaderValue = z.union([z.string(), z.number(), z.boolean()]).transform(String);

const ProxyAnswer = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z.record(z.string(), HeaderValue).nullish(),
  multiValueHeaders: z.record(z.string(), z.array(HeaderValue)).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
});

// A REST API does not let an integration set these: they come out as x-amzn-Remapped-NAME ("Important notes" of the
// API Gateway developer guide).
const remapped = new Set([
  "authorization",
  "connection",
  "content-length",
  "content-md5",
  "date",
  "expect",
  "host",
  "server",
  "user-agent",
  "www-authenticate",
]);

/**
 * Turns what a function returned (JSON text) into the HTTP answer.
 * @throws GatewayRefusal 502 where it is not the shape of a Lambda proxy answer
 */
export function proxyAnswer(
  payload: string,
  context: RequestContext,
  binary: { readonly mediaTypes: readonly string[]; readonly accept: string | undefined },
): HttpAnswer {
  const parsed = ProxyAnswer.safeParse(JSON.parse(payload));
  if (!parsed.success) throw new GatewayRefusal("API_CONFIGURATION_ERROR", { status: 502 });
  const { statusCode, headers, multiValueHeaders, body, isBase64Encoded } = parsed.data;
  const multiple = Object.entries(multiValueHeaders ?? {}).flatMap(([name, values]) =>
    values.map((value): [string, string] => [name, value]),
  );
  // A name in both maps counts once: the multi-value map wins.
  const repeated = new Set(multiple.map(([name]) => name.toLowerCase()));
  const single = Object.entries(headers ?? {}).filter(([name]) => !repeated.has(name.toLowerCase()));
  const own = [...single, ...multiple].map(([name, value]): [string, string] => [
    remapped.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name,
    value,
  ]);
  const hasContentType = own.some(([name]) => name.toLowerCase() === "content-type");
  // Only the first media type of Accept decides whether base64 is decoded; the others never do.
  const decode = isBase64Encoded === true && isBinaryMediaType(binary.mediaTypes, binary.accept?.split(",", 1)[0]);
  return {
    status: statusCode,
    headers: [
      ["x-amzn-RequestId", context.requestId],
      ["x-amz-apigw-id", context.extendedRequestId],
      ...(hasContentType ? [] : [["Content-Type", "application/json"] as const]),
      ...own.filter(([name]) => name.toLowerCase() !== "transfer-encoding"),
    ],
    body: Buffer.from(body ?? "", decode ? "base64" : "utf8"),
  };
}
