import { fillTemplate } from "./gateway-response.ts";
import type { HttpAnswer } from "./http-message.ts";
import type { RequestContext } from "./request-context.ts";
import type { MockAnswer } from "./rest-api-definition.ts";

/** Answers a MOCK integration by its first integration response: static headers and its JSON template. */
export function mockAnswer(mock: MockAnswer, context: RequestContext): HttpAnswer {
  const own = Object.entries(mock.responseParameters).flatMap(([target, source]): [string, string][] => {
    const name = /^method\.response\.header\.(.+)$/.exec(target)?.[1];
    const value = /^'(.*)'$/s.exec(source)?.[1];
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  const template = mock.responseTemplates["application/json"] ?? "";
  const hasContentType = own.some(([name]) => name.toLowerCase() === "content-type");
  return {
    status: mock.status,
    headers: [
      ["x-amzn-RequestId", context.requestId],
      ["x-amz-apigw-id", context.extendedRequestId],
      ...(hasContentType || mock.status === 204 ? [] : [["Content-Type", "application/json"] as const]),
      ...own,
    ],
    body: Buffer.from(fillTemplate(template, { context })),
  };
}
