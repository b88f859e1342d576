import * as z from "zod";
import { AssemblyError } from "./assembly-error.ts";
import { type Assets, readAssets } from "./assets.ts";
import { dependencyOrder } from "./dependency-order.ts";
import type { Identity } from "./identity.ts";
import { readManifest, type StackFiles } from "./manifest.ts";
import type { Place } from "./place.ts";
import { readJson } from "./read-json.ts";
import { StackScope } from "./stack-scope.ts";
import { Template } from "./template.ts";

/** One resource of a template, its properties free of intrinsic functions. */
export interface AssemblyResource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly identity: Identity;
}

export interface Assembly {
  readonly place: Place;
  /** Every resource of every stack, each after those it depends on. */
  readonly resources: readonly AssemblyResource[];
  readonly assets: Assets;
  ofType(type: string): readonly AssemblyResource[];
  /** The resource whose `Ref` or `Arn` is this; undefined where there is none. */
  find(type: string, refOrArn: string): AssemblyResource | undefined;
}

interface LoadedStack {
  readonly name: string;
  readonly template: Template;
  readonly scope: StackScope;
}

const Properties = z.record(z.string(), z.unknown());

/**
 * Reads a synthesized cloud assembly (the folder that `CDK_OUTDIR` named) as it stands on this place.
 * @throws AssemblyError naming the stack and what cannot be understood
 */
export async function loadAssembly(directory: string, place: Place): Promise<Assembly> {
  const files = await readManifest(directory);
  const assets = await readAssets(files.flatMap(stack => stack.assetManifestPaths));
  const stacks = await loadStacks(files, place);
  const resources = dependencyOrder(stacks).map(({ stack, logicalId, resource }) => ({
    stack: stack.name,
    logicalId,
    type: resource.Type,
    properties: Properties.parse(stack.scope.resolve(resource.Properties)),
    identity: stack.scope.identity(logicalId),
  }));
  const ofType = (type: string): readonly AssemblyResource[] => resources.filter(resource => resource.type === type);
  const find = (type: string, refOrArn: string): AssemblyResource | undefined =>
    ofType(type).find(({ identity }) => identity.ref === refOrArn || identity.attributes.Arn === refOrArn);
  return { place, resources, assets, ofType, find };
}

async function loadStacks(files: readonly StackFiles[], place: Place): Promise<readonly LoadedStack[]> {
  const exported = new Map<string, () => unknown>();
  const importValue = (name: string): unknown => {
    const value = exported.get(name);
    if (value === undefined) throw new AssemblyError(`no stack exports ${name}`);
    return value();
  };
  const stacks: LoadedStack[] = [];
  for (const { name, templatePath } of files) {
    const template = await readJson(templatePath, Template);
    const scope = new StackScope(name, template, place, importValue);
    stacks.push({ name, template, scope });
    for (const { Value, Export } of Object.values(template.Outputs)) {
      if (Export !== undefined) exported.set(String(scope.resolve(Export.Name)), () => scope.resolve(Value));
    }
  }
  return stacks;
}
