import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { ok } from "../answer.ts";
import { endpoint } from "../endpoint.ts";
import { finder } from "../finder.ts";
import { rootRoutes } from "./routes.ts";

interface DocsFile {
  readonly mediaType: string;
  read(): Promise<string>;
}

/** Found as a package wherever this runs: the bundle brings these files of it along. */
const packaged = (name: string) => readFile(createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`), "utf8");

const start = `SwaggerUIBundle({ url: "/openapi.json", dom_id: "#document", deepLinking: true, validatorUrl: null });\n`;

const files = new Map<string, DocsFile>([
  ["swagger-ui.css", { mediaType: "text/css", read: () => packaged("swagger-ui.css") }],
  ["swagger-ui-bundle.js", { mediaType: "text/javascript", read: () => packaged("swagger-ui-bundle.js") }],
  ["page.js", { mediaType: "text/javascript", read: async () => start }],
]);

export const docsFiles = finder(async (_tenantId, [name = ""]) => files.get(name));

/** The page asks for its files by the product's version, so that a browser need not ask twice. */
export const getDocsFile = endpoint(rootRoutes.getDocsFile, async call => {
  const { mediaType, read } = docsFiles.of(call);
  const headers = { "Content-Type": `${mediaType}; charset=utf-8`, "Cache-Control": "public, max-age=86400" };
  return { ...ok(await read()), headers };
});
