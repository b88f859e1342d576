import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { version } from "../domain/version.ts";
import { openApiDocument } from "../functions/api/openapi/document.ts";
import { routes } from "../functions/api/routes.ts";

const header = "// Generated from the table of endpoints by `npm run generate`: change it there.\n\n";

/** Where the generated types stand. */
export const typesPath = join(import.meta.dirname, "openapi.d.ts");

/** The types of the API's paths and schemas, as text. A field with a default may be left out of a request. */
export async function clientTypes(): Promise<string> {
  const document = JSON.stringify(openApiDocument(Object.values(routes), { version }));
  return header + astToString(await openapiTS(document, { defaultNonNullable: false, alphabetize: true }));
}

if (import.meta.main) await writeFile(typesPath, await clientTypes());
