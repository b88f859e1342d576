import { join } from "node:path";
import * as z from "zod";
import { AssemblyError } from "./assembly-error.ts";
import { readJson } from "./read-json.ts";

const Artifact = z.object({
  type: z.string(),
  dependencies: z.array(z.string()).default([]),
  properties: z
    .object({ templateFile: z.string().optional(), stackName: z.string().optional(), file: z.string().optional() })
    .default({}),
});
const Manifest = z.object({ artifacts: z.record(z.string(), Artifact) });

export interface StackFiles {
  readonly name: string;
  readonly templatePath: string;
  readonly assetManifestPaths: readonly string[];
}

/**
 * The stacks of a cloud assembly, each after the stacks it depends on.
 * The file's shape is that of aws-cdk-lib's cloud assembly schema (manifest.json, version 55).
 */
export async function readManifest(directory: string): Promise<readonly StackFiles[]> {
  const { artifacts } = await readJson(join(directory, "manifest.json"), Manifest);
  if (Object.values(artifacts).some(artifact => artifact.type === "cdk:cloud-assembly")) {
    throw new AssemblyError("nested cloud assemblies (CDK stages) cannot be run on one machine");
  }
  const ordered: StackFiles[] = [];
  const visited = new Set<string>();
  const visit = (id: string): void => {
    const artifact = artifacts[id];
    if (visited.has(id) || artifact === undefined) return;
    visited.add(id);
    for (const dependency of artifact.dependencies) visit(dependency);
    if (artifact.type !== "aws:cloudformation:stack") return;
    const { templateFile, stackName } = artifact.properties;
    if (templateFile === undefined) throw new AssemblyError(`stack ${id} has no template file`);
    const assetManifestPaths = artifact.dependencies.flatMap(dependency => {
      const file = artifacts[dependency]?.type === "cdk:asset-manifest" && artifacts[dependency].properties.file;
      return typeof file === "string" ? [join(directory, file)] : [];
    });
    ordered.push({ name: stackName ?? id, templatePath: join(directory, templateFile), assetManifestPaths });
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return ordered;
}
