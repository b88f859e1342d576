import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Assembly, loadAssembly } from "../../../local/assembly/assembly.ts";

/** Writes templates as a cloud assembly into a temporary folder and loads it. */
export async function smallAssembly(stacks: Record<string, object>): Promise<Assembly> {
  const directory = await mkdtemp(join(tmpdir(), "assembly-"));
  const names = Object.keys(stacks);
  const artifacts = Object.fromEntries(
    names.map((name, index) => [
      name,
      {
        type: "aws:cloudformation:stack",
        // Each depends on all before it: they are listed backwards, so that the order is worked for.
        dependencies: names.slice(0, index),
        properties: { templateFile: `${name}.json` },
      },
    ]),
  );
  const backwards = Object.fromEntries(Object.entries(artifacts).reverse());
  await writeFile(join(directory, "manifest.json"), JSON.stringify({ artifacts: backwards }));
  for (const [name, template] of Object.entries(stacks)) {
    await writeFile(join(directory, `${name}.json`), JSON.stringify(template));
  }
  return loadAssembly(directory, {
    region: "us-east-1",
    accountId: "000000000000",
    awsUrl: "http://127.0.0.1:4566",
    edgeHost: "127.0.0.1:3000",
  });
}
