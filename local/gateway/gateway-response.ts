import type { GatewayRefusal } from "./gateway-refusal.ts";
import type { Headers, HttpAnswer } from "./http-message.ts";
import { header } from "./http-message.ts";
import type { RequestContext } from "./request-context.ts";
import type { GatewayResponseDefinition } from "./rest-api-definition.ts";

// What every refusal says where the template has no response of its own for it.
const awsDefault: GatewayResponseDefinition = {
  parameters: {},
  templates: { "application/json": '{"message":$context.error.messageString}' },
  status: undefined,
};

/**
 * Makes the answer to a refusal from the template's gateway responses: the one of its type, else DEFAULT_4XX or
 * DEFAULT_5XX, else AWS's own. A default response keeps the refusal's status unless it names one.
 */
export function gatewayResponse(
  responses: ReadonlyMap<string, GatewayResponseDefinition>,
  refusal: GatewayRefusal,
  context: RequestContext,
  requestHeaders: Headers,
): HttpAnswer {
  const family = refusal.status < 500 ? "DEFAULT_4XX" : "DEFAULT_5XX";
  const definition = responses.get(refusal.type) ?? responses.get(family) ?? awsDefault;
  const variables = { context: { ...context, error: errorVariables(refusal) } };
  const [contentType, template] = chooseTemplate(definition, requestHeaders);
  const own = Object.entries(definition.parameters).flatMap(([target, source]): [string, string][] => {
    const name = /^gatewayresponse\.header\.(.+)$/.exec(target)?.[1];
    const value = parameterValue(source, variables, requestHeaders);
    return name === undefined || value === undefined ? [] : [[name, value]];
  });
  const inherent: [string, string][] = [
    ["x-amzn-RequestId", context.requestId],
    ["x-amz-apigw-id", context.extendedRequestId],
    ["x-amzn-ErrorType", refusal.errorType],
    ["Content-Type", contentType],
  ];
  return {
    status: definition.status ?? refusal.status,
    headers: [...inherent.filter(([name]) => header(own, name) === undefined), ...own],
    body: Buffer.from(fillTemplate(template, variables)),
  };
}

function errorVariables(refusal: GatewayRefusal): Readonly<Record<string, string | null>> {
  return {
    message: refusal.publicMessage,
    messageString: JSON.stringify(refusal.publicMessage),
    responseType: refusal.type,
    validationErrorString: null,
  };
}

function chooseTemplate(definition: GatewayResponseDefinition, headers: Headers): readonly [string, string] {
  const accepted = (header(headers, "accept") ?? "").split(",").map(part => (part.split(";", 1)[0] ?? "").trim());
  const entries = Object.entries(definition.templates);
  const asked = entries.find(([type]) => accepted.includes(type));
  const json = entries.find(([type]) => type === "application/json");
  return asked ?? json ?? entries[0] ?? ["application/json", ""];
}

/** 'static text' in quotes, context.variable, or method.request.header.name. */
function parameterValue(source: string, variables: object, headers: Headers): string | undefined {
  const literal = /^'(.*)'$/s.exec(source)?.[1];
  if (literal !== undefined) return literal;
  const requestHeader = /^method\.request\.header\.(.+)$/.exec(source)?.[1];
  if (requestHeader !== undefined) return header(headers, requestHeader);
  return lookUp(variables, source);
}

/** Replaces `$context.a.b` (and `${context.a.b}`); there is no more of the template language in a gateway response. */
export function fillTemplate(template: string, variables: object): string {
  const variable = /\$(?:\{(context(?:\.[\w-]+)+)\}|(context(?:\.[A-Za-z_]\w*)+))/g;
  return template.replaceAll(
    variable,
    (_, braced: string | undefined, plain: string | undefined) => lookUp(variables, braced ?? plain ?? "") ?? "",
  );
}

function lookUp(variables: object, path: string): string | undefined {
  let value: unknown = variables;
  for (const name of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.entries(value).find(([key]) => key === name)?.[1];
  }
  return value === undefined || value === null ? undefined : String(value);
}
