import { version } from "../../../domain/version.ts";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { rootRoutes } from "./routes.ts";

// Health checks must not wait for every schema there is: the document is made when it is first asked for.
async function madeDocument() {
  const { openApiDocument } = await import("../openapi/document.ts");
  const { routes } = await import("../routes.ts");
  return openApiDocument(Object.values(routes), { version });
}

let document: ReturnType<typeof madeDocument> | undefined;

export const getOpenApi = endpoint(rootRoutes.getOpenApi, async () => {
  document ??= madeDocument();
  return ok({ ...(await document) });
});
