import type { HttpAnswer, HttpRequest } from "./http-message.ts";
import type { RestApi } from "./rest-api.ts";

/** The address that a REST API has of its own: `/STAGE/path`, as `https://API_ID.execute-api.REGION.amazonaws.com` has. */
export async function executeApi(apis: readonly RestApi[], request: HttpRequest): Promise<HttpAnswer> {
  const api = apis.find(({ stage }) => request.path === `/${stage}` || request.path.startsWith(`/${stage}/`));
  if (api === undefined) {
    const body = Buffer.from('{"message":"Forbidden"}');
    return { status: 403, headers: [["Content-Type", "application/json"]], body };
  }
  return api.handle({ ...request, path: request.path.slice(api.stage.length + 1) || "/" });
}
