import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { version } from "../domain/version.ts";
import { openApiDocument } from "../functions/api/openapi/document.ts";
import { routes } from "../functions/api/routes.ts";
import { type Curl, curlsOf } from "./curl.ts";

export const readmePath = join(import.meta.dirname, "..", "README.md");

const introduction = `Every call there is. The words are in the document at \`/openapi.json\`, which \`/docs\` shows; \`import { createClient } from "wasaas/client"\` is a
client with its types. \`$API\` and \`$KEY\` are those that \`npm start\` printed; a variable such as \`$SESSION\` holds an id of that kind, as the call
that makes one answered it.

\`\`\`sh
auth="Authorization: Bearer $KEY"; type="Content-Type: application/json"
\`\`\`
`;

/** The README with its API section written anew from the table of endpoints. */
export async function readmeWithApi(): Promise<string> {
  const document = openApiDocument(Object.values(routes), { version });
  const byTag = Map.groupBy(curlsOf(document), ({ tag }) => tag);
  const parts = [...byTag].map(([tag, curls]) => `### ${tag}\n\n\`\`\`sh\n${curls.map(lineOf).join("\n")}\n\`\`\`\n`);
  const readme = await readFile(readmePath, "utf8");
  if (!apiSection.test(readme)) throw new Error("the README has no section called API to write");
  return readme.replace(apiSection, () => `## API\n\n${[introduction, ...parts].join("\n")}\n`);
}

const apiSection = /^## API\n.*?(?=^## )/ms;
const lineOf = ({ summary, command }: Curl) => `# ${summary}\n${command}`;

if (import.meta.main) await writeFile(readmePath, await readmeWithApi());
