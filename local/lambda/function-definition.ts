import * as z from "zod";
import type { Assembly, AssemblyResource } from "../assembly/assembly.ts";
import { AssemblyError } from "../assembly/assembly-error.ts";

/** A Lambda function of the template that runs here. */
export interface FunctionDefinition {
  readonly name: string;
  readonly arn: string;
  readonly roleName: string;
  /** The folder its code stands in. */
  readonly directory: string;
  /** `path/of/module.export`, as in the template. */
  readonly handler: string;
  readonly timeoutMs: number;
  readonly memoryMb: number;
  readonly concurrencyMax: number | undefined;
  /** How many of it the template lets run at once for its queue, where it has one and says so. */
  readonly queueConcurrencyMax: number | undefined;
  readonly environment: Readonly<Record<string, string>>;
}

const Properties = z.object({
  Code: z.object({ S3Key: z.string() }),
  Environment: z.object({ Variables: z.record(z.string(), z.coerce.string()) }).optional(),
  Handler: z.string(),
  MemorySize: z.coerce.number().default(128),
  ReservedConcurrentExecutions: z.coerce.number().optional(),
  Role: z.string(),
  Runtime: z.string(),
  // AWS's default: 3 seconds.
  Timeout: z.coerce.number().default(3),
});

const Mapping = z.object({
  FunctionName: z.string(),
  ScalingConfig: z.object({ MaximumConcurrency: z.coerce.number() }).optional(),
});

/** The functions of the assembly, without those that only serve CDK's own custom resources (the runner does their work itself). */
export function functionDefinitions(assembly: Assembly): readonly FunctionDefinition[] {
  const providers = new Set(
    assembly.resources
      .filter(({ type }) => type.startsWith("Custom::"))
      .map(({ properties }) => String(properties.ServiceToken)),
  );
  return assembly
    .ofType("AWS::Lambda::Function")
    .filter(({ identity }) => !providers.has(identity.attributes.Arn ?? ""))
    .map(resource => definitionOf(assembly, resource));
}

function definitionOf(assembly: Assembly, resource: AssemblyResource): FunctionDefinition {
  const properties = Properties.parse(resource.properties);
  const label = `${resource.stack}/${resource.logicalId}`;
  if (!properties.Runtime.startsWith("nodejs")) {
    throw new AssemblyError(`function ${label} wants the runtime ${properties.Runtime}; only Node.js runs here`);
  }
  const directory = assembly.assets.files.get(properties.Code.S3Key);
  if (directory === undefined) throw new AssemblyError(`the code of function ${label} is not among the assets`);
  const { ref: name, attributes } = resource.identity;
  const arn = attributes.Arn ?? "";
  return {
    name,
    arn,
    roleName: properties.Role.replace(/^.*:role\//, ""),
    directory,
    handler: properties.Handler,
    timeoutMs: properties.Timeout * 1000,
    memoryMb: properties.MemorySize,
    concurrencyMax: properties.ReservedConcurrentExecutions,
    queueConcurrencyMax: queueConcurrencyOf(assembly, [name, arn]),
    environment: properties.Environment?.Variables ?? {},
  };
}

function queueConcurrencyOf(assembly: Assembly, names: readonly string[]): number | undefined {
  const mappings = assembly
    .ofType("AWS::Lambda::EventSourceMapping")
    .map(({ properties }) => Mapping.parse(properties))
    .filter(({ FunctionName }) => names.includes(FunctionName))
    .flatMap(({ ScalingConfig }) => (ScalingConfig === undefined ? [] : [ScalingConfig.MaximumConcurrency]));
  return mappings.length === 0 ? undefined : Math.max(...mappings);
}
